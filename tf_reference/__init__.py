"""TensorFlow's own answers, recorded as fixtures: the only package here that needs TensorFlow.

`python -m tf_reference export` records the catalogue, `python -m tf_reference check` records it again and compares.
Nothing imports this package; it takes from `rnn_parity` the specs, names, draws and the store, and nothing else.
"""
