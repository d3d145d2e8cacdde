"""TensorFlow's own answers, recorded as fixtures: the only package here that needs TensorFlow.

`python -m tf_reference export` records the catalogue, `python -m tf_reference check` records it again and compares;
`python -m tf_reference record` records cells and graphs of somebody's own, described by `CellRecording` and
`GraphRecording`. Nothing in this repository imports this package; it takes from `rnn_parity` the specs, names, draws
and the store, and nothing else.
"""

from tf_reference.own.recordings import CellRecording, GraphRecording

__all__ = ["CellRecording", "GraphRecording"]
