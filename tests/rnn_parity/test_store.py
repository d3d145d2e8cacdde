import struct

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from small_recordings import FIVE, SIZES, make_fixture, make_spec, record

from rnn_parity import store
from rnn_parity.errors import (
    CaseUnknownError,
    FixtureDamagedError,
    FixtureExtraError,
    FixtureFolderMissingError,
    FixtureMissingError,
    FixtureRenamedError,
    FixtureTruncatedError,
    FixtureVersionError,
    FixtureWriteError,
    ManifestDamagedError,
)
from rnn_parity.fixture_file import Fixture, content_hash, fixture_path, read_fixture, write_fixture
from rnn_parity.spec import BasicRNNCell, Sizes, Step
from rnn_parity.store import Fixtures, replacement

TINY = Fixture(
    make_spec(
        "basic-rnn/tiny",
        cell=BasicRNNCell(num_units=1),
        run=Step(),
        sizes=Sizes(batch_size=1, max_time=1, depth=1),
    ),
    {"inputs": np.array([[0.5]], np.float32), "outputs": np.array([[0.25]], np.float32)},
)
TINY_SPEC = (
    r"{\"cell\":{\"activation\":null,\"class\":\"BasicRNNCell\",\"num_units\":1},\"dtype\":\"float32\",\"gain\":1.0,"
    r"\"id\":\"basic-rnn/tiny\",\"run\":{\"function\":\"Step\",\"initial_state\":false},\"seed\":7,"
    r"\"sizes\":{\"batch_size\":1,\"depth\":1,\"max_time\":1},\"why\":\"to catch a wrong basic-rnn/tiny\"}"
)
TINY_BYTES = (
    b"\xe8\x01\x00\x00\x00\x00\x00\x00"  # the header's size, little-endian
    b'{"__metadata__":{"rnn-parity":"{\\"format\\":1,\\"spec\\":' + TINY_SPEC.encode() + b'}"},'
    b'"inputs":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},'
    b'"outputs":{"dtype":"F32","shape":[1,1],"data_offsets":[4,8]}}      '
    b"\x00\x00\x00?\x00\x00\x80>"  # 0.5 and 0.25
)


def lstm(folder):
    return fixture_path(folder, "lstm/plain")


def flip(path, place):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_the_bytes_and_the_hash_of_a_fixture_are_pinned(tmp_path):
    write_fixture(tmp_path, TINY)
    assert fixture_path(tmp_path, "basic-rnn/tiny").read_bytes() == TINY_BYTES
    assert content_hash(TINY) == "aada6934a6f298390198c44ad6d551fd9ad7dbbaa2dd34553560d2a94d909934"


@pytest.mark.parametrize("spec", FIVE, ids=lambda spec: spec.id)
def test_a_fixture_comes_back_bit_for_bit(tmp_path, spec):
    fixture = make_fixture(spec)
    write_fixture(tmp_path, fixture)
    back = read_fixture(fixture_path(tmp_path, spec.id))
    assert back.spec == spec
    assert back.arrays.keys() == fixture.arrays.keys()
    for name, array in fixture.arrays.items():
        assert back.arrays[name].dtype == array.dtype
        assert back.arrays[name].shape == array.shape
        assert back.arrays[name].tobytes() == array.tobytes(), name


@given(
    st.sampled_from(["float16", "float32", "float64", "int32"]),
    st.lists(st.integers(1, 4), min_size=0, max_size=4),
    st.integers(0, 2**32),
    st.sampled_from(["contiguous", "transposed", "every other", "backwards", "broadcast"]),
)
def test_arrays_of_any_layout_come_back_as_they_are(tmp_path_factory, dtype, shape, seed, layout):
    array = np.asarray(np.random.default_rng(seed).normal(size=shape) * 100, dtype)
    if layout == "transposed":
        array = array.T
    elif layout == "broadcast":
        array = np.broadcast_to(array, (2, *array.shape))
    elif array.ndim and layout != "contiguous":
        array = array[:: 2 if layout == "every other" else -1]
    folder = tmp_path_factory.mktemp("layouts")
    write_fixture(folder, Fixture(TINY.spec, {"inputs": array}))
    back = read_fixture(fixture_path(folder, TINY.spec.id)).arrays["inputs"]
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(back, array)


def test_nan_infinity_and_minus_zero_come_back_as_they_are(tmp_path):
    array = np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324])
    write_fixture(tmp_path, Fixture(TINY.spec, {"inputs": array}))
    assert read_fixture(fixture_path(tmp_path, TINY.spec.id)).arrays["inputs"].tobytes() == array.tobytes()


def test_writing_again_gives_the_same_bytes(tmp_path):
    for folder in ("one", "two"):
        record(tmp_path / folder, *FIVE)
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / f).rglob("*.*")} for f in ("one", "two"))
    assert one == two


def test_a_file_has_exactly_one_metadata_key(own_folder):
    with safe_open(lstm(own_folder), framework="np") as file:
        assert list(file.metadata()) == ["rnn-parity"]


def test_a_read_array_cannot_be_written_to(own_folder):
    array = Fixtures(own_folder).read("lstm/plain").arrays["inputs"]
    with pytest.raises(ValueError, match="read-only"):
        array[:] = 0


def test_the_hash_depends_on_every_name_dtype_shape_byte_and_on_the_spec():
    base = {"a": np.array([1.0, 2.0], np.float32)}
    others = (
        {"b": base["a"]},
        {"a": base["a"].astype(np.float64)},
        {"a": base["a"].reshape(2, 1)},
        {"a": np.array([1.0, np.nextafter(np.float32(2), np.float32(3))], np.float32)},
    )
    hashes = {content_hash(Fixture(TINY.spec, arrays)) for arrays in (base, *others)}
    hashes.add(content_hash(Fixture(make_spec(), base)))
    assert len(hashes) == 6


def test_a_dtype_that_fixtures_do_not_hold_is_refused(tmp_path):
    with pytest.raises(FixtureWriteError, match="inputs has dtype int64"):
        write_fixture(tmp_path, Fixture(TINY.spec, {"inputs": np.array([1], np.int64)}))


def test_cases_are_selected_by_glob_sorted_and_once(folder):
    recorded = Fixtures(folder)
    assert recorded.select() == tuple(sorted(spec.id for spec in FIVE))
    assert recorded.select(["lstm/*", "*/plain"]) == ("gru/plain", "lstm/plain", "lstm/ragged")


@pytest.mark.parametrize(
    ("glob", "message"),
    [
        ("lstm/plan", "no case 'lstm/plan'. Did you mean 'lstm/plain'?"),
        ("zzz*", "no case 'zzz*'. `rnn-parity list` shows all cases."),
        ("LSTM/plain", "no case 'LSTM/plain'. Did you mean 'lstm/plain'?"),
    ],
)
def test_a_glob_that_matches_nothing_names_the_nearest_case(folder, glob, message):
    with pytest.raises(CaseUnknownError) as caught:
        Fixtures(folder).select(["lstm/*", glob])
    assert str(caught.value) == message


@pytest.mark.parametrize("method", ["read", "read_spec"])
def test_an_unknown_case_cannot_be_read(folder, method):
    with pytest.raises(CaseUnknownError):
        getattr(Fixtures(folder), method)("../lstm/plain")


def test_a_spec_is_read_without_its_arrays(folder):
    assert Fixtures(folder).read_spec("lstm/ragged") == FIVE[1]


def test_no_folder_says_to_name_one(tmp_path):
    with pytest.raises(FixtureFolderMissingError) as caught:
        Fixtures(tmp_path / "nowhere")
    advice = "Name a folder of fixtures with --fixtures DIR, or leave the option out."
    assert str(caught.value) == f"{tmp_path}/nowhere: no such folder. {advice}"


def cut_payload(folder):
    path = lstm(folder)
    path.write_bytes(path.read_bytes()[:-1])


def cut_header(folder):
    lstm(folder).write_bytes(lstm(folder).read_bytes()[:100])


def emptied(folder):
    lstm(folder).write_bytes(b"")


def lengthened(folder):
    lstm(folder).write_bytes(lstm(folder).read_bytes() + b"\0")


def flipped_header(folder):
    flip(lstm(folder), 9)


def flipped_header_size(folder):
    flip(lstm(folder), 7)


def flipped_spec(folder):
    flip(lstm(folder), lstm(folder).read_bytes().index(b"num_units"))


def flipped_seed(folder):
    flip(lstm(folder), lstm(folder).read_bytes().index(b'seed\\":7') + 7)


def flipped_payload(folder):
    flip(lstm(folder), -1)


def other_version(folder):
    path = lstm(folder)
    path.write_bytes(path.read_bytes().replace(rb"{\"format\":1", rb"{\"format\":2"))


def other_metadata(folder):
    path = lstm(folder)
    path.write_bytes(path.read_bytes().replace(b'"rnn-parity"', b'"rnn-puzzle"'))


def dtype_of_nobody(folder):
    path = lstm(folder)
    path.write_bytes(path.read_bytes().replace(b'"F32"', b'"F33"', 1))


def dtype_twice_as_wide(folder):
    path = lstm(folder)
    path.write_bytes(path.read_bytes().replace(b'"F32"', b'"F64"', 1))


def no_shape(folder):
    path = lstm(folder)
    path.write_bytes(path.read_bytes().replace(b'"shape":[]', b'"shope":[]', 1))


def other_manifest_version(folder):
    path = folder / "MANIFEST.json"
    path.write_bytes(path.read_bytes().replace(b'"format": 1', b'"format": 2'))


def broken_manifest(folder):
    (folder / "MANIFEST.json").write_text('{"format": 1, "cases"')


def manifest_without_cases(folder):
    (folder / "MANIFEST.json").write_text('{"format": 1}')


def no_manifest(folder):
    (folder / "MANIFEST.json").unlink()


def renamed(folder):
    lstm(folder).rename(folder / "lstm" / "other.safetensors")


def swapped(folder):
    lstm(folder).write_bytes(fixture_path(folder, "lstm/ragged").read_bytes())


def missing(folder):
    lstm(folder).unlink()


def extra(folder):
    write_fixture(folder, TINY)


DAMAGES = [
    (cut_payload, FixtureTruncatedError, "bytes, should be"),
    (cut_header, FixtureTruncatedError, "100 bytes, should be"),
    (emptied, FixtureTruncatedError, "0 bytes, should be at least 8"),
    (lengthened, FixtureTruncatedError, "bytes, should be"),
    (flipped_header, FixtureDamagedError, "damaged: its header is not readable"),
    (flipped_header_size, FixtureDamagedError, "damaged: its header announces an absurd size"),
    (flipped_spec, FixtureDamagedError, "damaged: its metadata is no case"),
    (flipped_seed, FixtureDamagedError, "damaged: its content does not have the hash that MANIFEST.json lists"),
    (flipped_payload, FixtureDamagedError, "damaged: its content does not have the hash that MANIFEST.json lists"),
    (
        dtype_of_nobody,
        FixtureDamagedError,
        "damaged: Error while deserializing: invalid JSON in header: unknown variant `F33`",
    ),
    (
        dtype_twice_as_wide,
        FixtureDamagedError,
        "damaged: Error while deserializing: invalid shape, data type, or offset for tensor",
    ),
    (
        no_shape,
        FixtureDamagedError,
        "damaged: Error while deserializing: invalid JSON in header: missing field `shape`",
    ),
    (other_metadata, FixtureDamagedError, "damaged: no metadata 'rnn-parity'"),
    (other_version, FixtureVersionError, "format version 2, this version reads 1. Install the rnn-parity version that"),
    (other_manifest_version, FixtureVersionError, "MANIFEST.json: format version 2, this version reads 1"),
    (broken_manifest, ManifestDamagedError, "MANIFEST.json: not a manifest of fixtures (Input data was truncated)"),
    (manifest_without_cases, ManifestDamagedError, "Object missing required field `cases`"),
    (no_manifest, FixtureFolderMissingError, "no MANIFEST.json in this folder"),
    (renamed, FixtureRenamedError, "holds case 'lstm/plain'. Rename it back to lstm/plain.safetensors."),
    (swapped, FixtureDamagedError, "damaged: it holds case 'lstm/ragged'. Restore it"),
    (missing, FixtureMissingError, "lstm/plain.safetensors: listed in MANIFEST.json but missing. Restore it from"),
    (extra, FixtureExtraError, "basic-rnn/tiny.safetensors: not listed in MANIFEST.json. Remove it, or record"),
]


@pytest.mark.parametrize(("damage", "error", "message"), DAMAGES, ids=lambda value: getattr(value, "__name__", None))
def test_every_damage_has_its_own_class_and_words(own_folder, damage, error, message):
    damage(own_folder)
    with pytest.raises(error) as caught:
        list(Fixtures(own_folder))
    assert type(caught.value) is error
    assert message in str(caught.value)
    assert caught.value.exit_status == 10


@given(st.data())
def test_no_flipped_bit_goes_unnoticed(tmp_path_factory, data):
    folder = record(tmp_path_factory.mktemp("flipped") / "fixtures", make_spec("a/b", run=Step(), sizes=SIZES))
    path = fixture_path(folder, "a/b")
    whole = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(whole)
    with pytest.raises(store.RnnParityError):
        list(Fixtures(folder))


def test_a_writer_killed_between_the_two_renames_leaves_readable_fixtures(own_folder, monkeypatch):
    renames = []

    def killed(source, target):
        if renames:
            raise KeyboardInterrupt
        renames.append((source, target))
        source.rename(target)

    monkeypatch.setattr(store.Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt), replacement(own_folder) as fresh:
        record(fresh, make_spec("gru/new"))
    assert not own_folder.exists()
    assert [fixture.spec.id for fixture in Fixtures(own_folder)] == ["lstm/plain", "lstm/ragged"]
    monkeypatch.undo()
    with replacement(own_folder) as fresh:
        record(fresh, make_spec("gru/new"))
    assert Fixtures(own_folder).ids == ("gru/new",)
    assert [path.name for path in own_folder.parent.iterdir()] == ["fixtures"]


def test_a_writer_that_raises_leaves_the_earlier_fixtures_and_nothing_else(own_folder):
    with pytest.raises(ZeroDivisionError), replacement(own_folder) as fresh:
        record(fresh / str(1 // 0))
    assert Fixtures(own_folder).ids == ("lstm/plain", "lstm/ragged")
    assert [path.name for path in own_folder.parent.iterdir()] == ["fixtures"]


def test_fixtures_are_swapped_in_whole(own_folder):
    with replacement(own_folder) as fresh:
        record(fresh, make_spec("gru/new"))
        assert Fixtures(own_folder).ids == ("lstm/plain", "lstm/ragged")
    assert Fixtures(own_folder).ids == ("gru/new",)
    assert own_folder.stat().st_mode & 0o777 == 0o755


def test_the_digest_changes_with_any_case(folder, own_folder):
    manifest = msgspec.json.decode((own_folder / "MANIFEST.json").read_bytes())
    assert len({Fixtures(folder).digest, Fixtures(own_folder).digest}) == 2
    manifest["cases"]["lstm/plain"] = "0" * 64
    before = Fixtures(own_folder).digest
    (own_folder / "MANIFEST.json").write_bytes(msgspec.json.encode(manifest))
    assert Fixtures(own_folder).digest != before


def test_the_header_is_where_the_pinned_bytes_say():
    (size,) = struct.unpack("<Q", TINY_BYTES[:8])
    assert size % 8 == 0
    assert len(TINY_BYTES) == 8 + size + 8
