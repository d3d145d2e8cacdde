"""Paths to files, and files that are broken or made to harm: each its own error, and nothing of them executed."""

import io
import pickle
import shutil
import subprocess
import sys
import zipfile

import h5py
import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from legacy_checkpoints import drawn, write_checkpoint, write_h5, write_npz

from tf_reference.__main__ import main
from tf_reference.environment import tensorflow
from tf_reference.legacy import checksums, errors
from tf_reference.legacy.files import open_source
from tf_reference.legacy.inspect import inspected

pytestmark = pytest.mark.needs_tf
NAME = "rnn/basic_lstm_cell/kernel"
ARRAYS = drawn({NAME: (7, 16), "rnn/basic_lstm_cell/bias": (16,)})


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return a folder with a V2 checkpoint `v2-7`, with its graph, and a V1 checkpoint `v1.ckpt`."""
    folder = tmp_path_factory.mktemp("written")
    write_checkpoint(folder / "v2-7", ARRAYS, meta=True)
    write_checkpoint(folder / "v1.ckpt", ARRAYS, v1=True)
    return folder


@pytest.fixture
def folder(written, tmp_path):
    """Return a copy of it that a test may damage."""
    return shutil.copytree(written, tmp_path / "copy")


@pytest.mark.parametrize("name", ["v2-7", "v2-7.index", "v2-7.data-00000-of-00001", "v2-7.meta"])
def test_v2_checkpoint_is_opened_by_its_prefix_and_by_any_of_its_files(written, name):
    source = open_source(written / name)
    assert (source.kind, source.graph is None, source.graph_path.name) == ("V2 checkpoint", False, "v2-7.meta")
    np.testing.assert_array_equal(source.read(NAME), ARRAYS[NAME])


def test_graph_alone_has_shapes_and_no_values(folder, tmp_path):
    source = open_source(shutil.copy(folder / "v2-7.meta", tmp_path / "alone.meta"))
    assert (source.kind, source.variables[NAME].shape) == ("MetaGraph", (7, 16))
    with pytest.raises(errors.LegacyValuesMissingError, match=r"put the checkpoint's \.index"):
        source.read(NAME)
    assert "no values" in inspected(tmp_path / "alone.meta").warnings[0]


def test_folder_stands_for_its_newest_checkpoint_and_says_so(folder, tmp_path):
    (folder / "checkpoint").write_text('model_checkpoint_path: "C:\\\\far\\\\away\\\\v2-7"\n')
    source = open_source(folder)
    assert source.path.name == "v2-7"
    assert source.notes == ("of 2 checkpoints the newest is read, 'v2-7', as the file 'checkpoint' says",)
    (folder / "checkpoint").unlink()
    with pytest.raises(errors.LegacyFileMissingError, match="holds 2 checkpoints and does not say which is newest"):
        open_source(folder)
    for step in (9, 10):
        write_checkpoint(tmp_path / f"steps/m-{step}", ARRAYS)
    assert open_source(tmp_path / "steps").path.name == "m-10"


def test_frozen_graph_and_saved_model_are_read(tmp_path):
    tf = tensorflow().compat.v1
    with tf.Graph().as_default() as graph, tf.Session() as session:
        held = {name: tf.Variable(array, name=name, use_resource=False) for name, array in ARRAYS.items()}
        for variable in held.values():
            tf.matmul(tf.zeros([1, variable.shape[0]]), tf.reshape(variable, [variable.shape[0], -1]))
        session.run(tf.global_variables_initializer())
        reads = [f"{name}/read" for name in ARRAYS]
        frozen = tf.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), reads)
        read = {"read": graph.get_tensor_by_name(f"{NAME}/read:0")}
        tf.saved_model.simple_save(session, str(tmp_path / "saved"), read, read)
    (tmp_path / "frozen.pb").write_bytes(frozen.SerializeToString())
    for path, kind in ((tmp_path / "frozen.pb", "frozen graph"), (tmp_path / "saved", "SavedModel")):
        source = open_source(path)
        assert source.kind == kind
        np.testing.assert_array_equal(source.read(NAME), ARRAYS[NAME])
        assert inspected(path).models[0].cells[0].num_units == 4


def _cut(path, keep):
    path.write_bytes(path.read_bytes()[:keep])


def _flip(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 255
    path.write_bytes(data)


def _npy(header):
    held = io.BytesIO()
    np.lib.format.write_array_header_1_0(held, header)
    return held.getvalue()


def _zip(path, name, data):
    with zipfile.ZipFile(path, "w") as held:
        held.writestr(name, data)


HUGE = {"descr": "<f4", "fortran_order": False, "shape": (10**6, 10**6)}

BROKEN = {  # what -> (what is done to the folder, what is opened, error, words)
    "no file": (lambda _: None, "v2-8", errors.LegacyFileMissingError, "Did you mean 'v2-7"),
    "cut index": (lambda f: _cut(f / "v2-7.index", 60), "v2-7", errors.LegacyFileDamagedError,
                  "v2-7.index: begins as a checkpoint's table does and is cut off: the footer is missing after its 60"),
    "cut data": (lambda f: _cut(f / "v2-7.data-00000-of-00001", 100), "v2-7", errors.LegacyFileDamagedError,
                 "The data file is cut off"),
    "no data": (lambda f: (f / "v2-7.data-00000-of-00001").unlink(), "v2-7", errors.LegacyShardMissingError,
                "v2-7.data-00000-of-00001 is not beside it"),
    "no index": (lambda f: (f / "v2-7.index").unlink(), "v2-7.data-00000-of-00001", errors.LegacyShardMissingError,
                 "v2-7.index is not beside it"),
    "no index, by prefix": (lambda f: (f / "v2-7.index").unlink() or (f / "v2-7.meta").unlink(), "v2-7",
                            errors.LegacyShardMissingError, "v2-7.index is not beside it"),
    "flipped index": (lambda f: _flip(f / "v2-7.index", 2), "v2-7", errors.LegacyFileError, "v2-7"),
    "flipped data": (lambda f: _flip(f / "v2-7.data-00000-of-00001", 99), "v2-7", errors.LegacyFileDamagedError,
                     "cannot be read"),
    "cut V1": (lambda f: _cut(f / "v1.ckpt", 200), "v1.ckpt", errors.LegacyFileDamagedError,
               "v1.ckpt: begins as a checkpoint's table does and is cut off: the footer is missing after its 200"),
    "V1 of text": (lambda f: (f / "v2-7.index").write_text("no table"), "v2-7", errors.LegacyFileDamagedError,
                   "neither begins nor ends as a table"),
    "flipped V1 header": (lambda f: _flip(f / "v1.ckpt", 20), "v1.ckpt", errors.LegacyFileDamagedError,
                          "v1.ckpt: is damaged: its header is none of a V1 checkpoint. Copy or download it again"),
    "flipped V1": (lambda f: _flip(f / "v1.ckpt", 300), "v1.ckpt", errors.LegacyFileError, "v1.ckpt"),
    "empty folder": (lambda f: (f / "e").mkdir(), "e", errors.LegacyFileMissingError, "it holds nothing"),
    "empty file": (lambda f: (f / "a.pb").touch(), "a.pb", errors.LegacyFileDamagedError, "is empty"),
    "text": (lambda f: (f / "a.pb").write_text("node {"), "a.pb", errors.LegacyKindUnknownError, "neither a graph nor"),
    "no zip": (lambda f: (f / "a.npz").write_text("no"), "a.npz", errors.LegacyFileDamagedError, "is no .npz"),
    "cut npz": (lambda f: _cut(write_npz(f / "a.npz", ARRAYS), 300), "a.npz", errors.LegacyFileDamagedError,
                "a.npz: is an .npz that is cut off: the list of its arrays is missing at the end of its 300"),
    "flipped npz": (lambda f: _flip(write_npz(f / "a.npz", ARRAYS), 400), "a.npz", errors.LegacyFileDamagedError,
                    "a.npz: is damaged (Bad CRC-32 for file 'rnn/basic_lstm_cell/kernel.npy'"),
    "no HDF5": (lambda f: (f / "a.h5").write_text("no"), "a.h5", errors.LegacyFileDamagedError, "is no HDF5"),
    "cut HDF5": (lambda f: _cut(write_h5(f / "a.h5", ARRAYS), 500), "a.h5", errors.LegacyFileDamagedError, "no HDF5"),
    "pickle": (lambda f: np.savez(f / "a.npz", a=np.array([{}], object)), "a.npz", errors.LegacyObjectsError,
               "Reading it would run code"),
    "bare pickle": (lambda f: _zip(f / "a.npz", "a.npy", pickle.dumps({})), "a.npz", errors.LegacyFileDamagedError,
                    "is no .npz"),
    "huge npz": (lambda f: _zip(f / "a.npz", "a.npy", _npy(HUGE) + bytes(99)), "a.npz", errors.LegacySizeError,
                 "4,000,000,000,000 bytes"),
    "huge HDF5": (lambda f: h5py.File(f / "a.h5", "w").create_dataset("a", (10**6, 10**6), "f4").file.close(), "a.h5",
                  errors.LegacySizeError, "4,000,000,000,000 bytes"),
    "elsewhere": (lambda f: h5py.File(f / "a.h5", "w").create_dataset(
        "a", (4,), "f4", external=[("/etc/hostname", 0, 16)]).file.close(), "a.h5",
        errors.LegacyFileDamagedError, "lies in other files"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_broken_file_is_a_clear_error_and_status_2(folder, what):
    damage, name, kind, words = BROKEN[what]
    damage(folder)
    with pytest.raises(kind, match=words.replace("(", r"\(")):
        inspected(folder / name)
    result = CliRunner().invoke(main, ["inspect", str(folder / name)])
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert result.stdout == ""


def test_variable_declared_larger_than_its_file_is_refused_before_anything_is_allocated(folder):
    for name in ("v2-7.index", "v1.ckpt"):
        data = (folder / name).read_bytes()
        dims = b"\x12\x02\x08\x07\x12\x02\x08\x10"  # 7, 16
        assert data.count(dims) == 1
        (folder / name).write_bytes(data.replace(dims, b"\x12\x02\x08\x7f\x12\x02\x08\x7f"))
        with pytest.raises(errors.LegacySizeError, match=r"\(127, 127\) is declared to have 64,516 bytes"):
            open_source(folder / name)


def test_every_cut_of_a_checkpoint_ends_in_words(folder):
    for name in ("v2-7.index", "v1.ckpt"):
        whole = (folder / name).read_bytes()
        for keep in range(0, len(whole), max(1, len(whole) // 40)):
            (folder / name).write_bytes(whole[:keep])
            with pytest.raises(errors.LegacyFileError):
                inspected(folder / name)


def test_every_changed_byte_of_an_index_ends_in_words_or_in_the_same_weights(folder):
    whole = (folder / "v2-7.index").read_bytes()
    for at in range(0, len(whole), 3):
        (folder / "v2-7.index").write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            source = open_source(folder / "v2-7")
            for name in source.variables:
                source.read(name)
        except errors.LegacyFileError:
            pass


def test_float16_in_a_v1_checkpoint_is_read_and_its_checksums_are_verified(tmp_path):
    arrays = {name: array.astype("float16") for name, array in ARRAYS.items()}
    path = write_checkpoint(tmp_path / "half.ckpt", arrays, v1=True)
    source = open_source(path)
    for name, array in arrays.items():
        read = source.read(name)
        assert (source.variables[name].dtype, read.dtype) == ("float16", array.dtype)
        np.testing.assert_array_equal(read, array)
    _flip(path, path.stat().st_size // 2)
    with pytest.raises(errors.LegacyFileDamagedError, match="is damaged: the checksum of its block at byte"):
        open_source(path).read(NAME)


def test_float16_variable_in_pieces_is_put_together(tmp_path):
    tf = tensorflow().compat.v1
    array = ARRAYS[NAME].astype("float16")
    with tf.Graph().as_default(), tf.Session() as session:
        parts = tf.get_variable(
            "kernel", (7, 16), "float16", _part_of(array),
            partitioner=tf.fixed_size_partitioner(2), use_resource=False,
        )  # fmt: skip
        session.run(tf.global_variables_initializer())
        saver = tf.train.Saver({"kernel": parts}, write_version=tf.train.SaverDef.V1)
        saver.save(session, str(tmp_path / "half.ckpt"), write_meta_graph=False, write_state=False)
    np.testing.assert_array_equal(open_source(tmp_path / "half.ckpt").read("kernel"), array)


def _part_of(array):
    def initial(shape, dtype, partition_info):
        starts = partition_info.var_offset
        return array[tuple(slice(start, start + size) for start, size in zip(starts, shape, strict=True))].astype(
            dtype.as_numpy_dtype
        )

    return initial


def test_checksum_is_that_of_the_standard():
    assert checksums.crc32c(bytes(32)) == 0x8A9136AA
    assert checksums.crc32c(b"123456789") == 0xE3069283


def test_damaged_graph_beside_a_checkpoint_is_said_and_left_out(folder):
    _cut(folder / "v2-7.meta", 700)
    found = inspected(folder / "v2-7")
    assert not found.has_graph
    assert len(found.models) == 1
    assert "v2-7.meta lies beside it but is no graph" in found.warnings[0]


def test_unknown_variable_is_named_with_the_nearest(written):
    with pytest.raises(errors.LegacyVariableUnknownError, match="Did you mean 'rnn/basic_lstm_cell/kernel'"):
        open_source(written / "v2-7").read("rnn/basic_lstm_cell/kernels")


def test_json_of_inspect_has_stable_keys(written):
    result = CliRunner().invoke(main, ["inspect", str(written / "v1.ckpt"), "--json"])
    found = msgspec.json.decode(result.stdout)
    assert list(found) == ["schema", "path", "kind", "has_graph", "models", "slots", "others", "warnings"]
    (model,) = found["models"]
    assert list(model) == ["scope", "cells", "run", "facts", "questions", "obstacle"]
    assert model["cells"][0]["parts"] == {"kernel": [NAME], "bias": ["rnn/basic_lstm_cell/bias"]}
    assert set(model["cells"][0]["questions"][0]) == {"option", "default", "others", "hangs_on_it"}


def test_text_of_inspect_ends_with_the_command_that_imports(tmp_path):
    path = write_npz(tmp_path / "a file.npz", ARRAYS)
    ran = subprocess.run(
        [sys.executable, "-m", "tf_reference", "inspect", str(path)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == (
        f"  python -m tf_reference import '{path}' --cell 'BasicLSTMCell(num_units=4)' --out DIR"
    )
    assert "forget_bias = 1.0 (or 0.0)" in ran.stdout
    assert "next, which takes the default of whatever cannot be known unless --cell says it" in ran.stdout
