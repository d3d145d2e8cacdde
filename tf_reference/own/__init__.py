"""Recordings of somebody's own cells and graphs, as TensorFlow computes them: `python -m tf_reference record`."""
