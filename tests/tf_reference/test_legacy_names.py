"""Cells under every name of every era, in files written by TensorFlow's Saver and in others, found and read back."""

import numpy as np
import pytest
from legacy_checkpoints import ERAS, drawn, named, write_checkpoint, write_h5, write_npz

from tf_reference.legacy.files import open_source
from tf_reference.legacy.inspect import inspected

pytestmark = pytest.mark.needs_tf


def _scope(era):
    return f"{era.replace(' ', '_').replace('.', '_')}/"


def _all():
    """Return the arrays of all eras, each in a scope of its own."""
    return drawn({name: shape for era, made in ERAS.items() for name, shape in named(made, _scope(era)).items()})


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return kind -> (path, its inspection, the arrays in it): one file of each kind with a model of each era."""
    folder, arrays = tmp_path_factory.mktemp("eras"), _all()
    paths = {
        "V1 checkpoint": write_checkpoint(folder / "old.ckpt", arrays, v1=True),
        "V2 checkpoint": write_checkpoint(folder / "new", arrays),
        "npz": write_npz(folder / "arrays.npz", arrays),
        "HDF5": write_h5(folder / "arrays.h5", arrays),
    }
    return {kind: (path, inspected(path), arrays) for kind, path in paths.items()}


@pytest.mark.parametrize("kind", ["V1 checkpoint", "V2 checkpoint", "npz", "HDF5"])
@pytest.mark.parametrize("era", ERAS)
def test_cell_of_every_era_is_found_with_its_sizes_and_read_to_the_bit(files, era, kind):
    path, found, arrays = files[kind]
    made, scope = ERAS[era], _scope(era) + ERAS[era].scope
    (model,) = [model for model in found.models if model.cells[0].scope == scope]
    (cell,) = model.cells
    assert found.kind == kind
    assert (cell.classes[0], cell.era) == (made.cell, made.era)
    assert (cell.depth, cell.num_units, cell.num_proj, cell.dtype) == (3, 4, made.num_proj, "float32")
    assert {own: tuple(name.removeprefix(f"{scope}/") for name in names) for own, names in cell.parts.items()} == (
        made.parts
    )
    source = open_source(path)
    for names in cell.parts.values():
        for name in names:
            np.testing.assert_array_equal(source.read(name), arrays[name])


def test_nothing_else_is_said_of_those_files(files):
    for _, found, _ in files.values():
        assert found.others == ()
        assert found.slots == ()
        assert found.warnings == ()


@pytest.mark.parametrize(("era", "axis"), [("lstm 0.6 shards", 1), ("lstm 0.7 shards", 0)])
def test_shapes_say_along_which_axis_shards_are_joined(files, era, axis):
    _, found, _ = files["V2 checkpoint"]
    (cell,) = [model.cells[0] for model in found.models if model.cells[0].scope.startswith(_scope(era))]
    assert cell.shard_axis == axis
    assert cell.shapes["kernel"] == (7, 16)
    assert {fact.option: fact.value for fact in cell.facts}["num_unit_shards"] == 2


@pytest.mark.parametrize(
    ("era", "clip"), [("block 0.10", 3.0), ("fused 1.0", 3.0), ("fused 1.6", None), ("lstm 1.0", None)]
)
def test_clip_of_block_cells_is_asked_with_the_default_of_their_time(files, era, clip):
    _, found, _ = files["V2 checkpoint"]
    (cell,) = [model.cells[0] for model in found.models if model.cells[0].scope.startswith(_scope(era))]
    assert {question.option: question.default for question in cell.questions}["cell_clip"] == clip


def test_forget_bias_is_asked_but_of_a_cudnn_compatible_cell(files):
    _, found, _ = files["V2 checkpoint"]
    by_class = {model.cells[0].classes[0]: model.cells[0] for model in found.models}
    assert {question.option: question.default for question in by_class["BasicLSTMCell"].questions}["forget_bias"] == 1.0
    cudnn = by_class["CudnnCompatibleLSTMCell"]
    assert "forget_bias" not in {question.option for question in cudnn.questions}
    assert {fact.option: fact.value for fact in cudnn.facts}["forget_bias"] == 0.0


def test_same_names_of_several_classes_are_a_question(files):
    _, found, _ = files["V2 checkpoint"]
    (cell,) = [model.cells[0] for model in found.models if model.cells[0].scope.startswith(_scope("lstm 1.2 parts"))]
    question = cell.questions[0]
    assert (question.option, question.default) == ("class", "LSTMCell")
    assert question.others == ("LSTMBlockCell", "LSTMBlockFusedCell")
    assert "before 1.4" in question.hangs_on_it
