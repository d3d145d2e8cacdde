import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_parity.errors import SpecInvalidError, UnsupportedOptionError
from rnn_parity.spec import (
    BasicLSTMCell,
    BasicRNNCell,
    BidirectionalDynamicRNN,
    BlockLSTMV2,
    CaseSpec,
    Chunked,
    CudnnCompatibleLSTMCell,
    DeviceWrapper,
    DropoutWrapper,
    DynamicRNN,
    FusedRNN,
    GRUBlockCellV2,
    GRUCell,
    LSTMBlockCell,
    LSTMBlockFusedCell,
    LSTMCell,
    MultiRNNCell,
    RawRNN,
    ResidualWrapper,
    Sizes,
    StackBidirectionalDynamicRNN,
    StackBidirectionalRNN,
    StateSavingRNN,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
    SummedMultiRNNCell,
    from_json,
    to_json,
    unwrapped,
)

CELLS = (
    BasicRNNCell(num_units=2, activation="relu"),
    GRUCell(num_units=3),
    BasicLSTMCell(num_units=2, forget_bias=0.5, state_is_tuple=False),
    LSTMCell(num_units=3, use_peepholes=True, cell_clip=0.5, num_proj=2, proj_clip=0.25),
    MultiRNNCell(cells=(GRUCell(num_units=2), LSTMCell(num_units=3)), state_is_tuple=True),
    SummedMultiRNNCell(cells=(GRUCell(num_units=3),) * 2, one_object=True),
    ResidualWrapper(cell=DeviceWrapper(cell=MultiRNNCell(cells=(GRUCell(num_units=3),)), device="/cpu:0")),
    ResidualWrapper(cell=GRUCell(num_units=2), residual_fn="slice"),
    DropoutWrapper(cell=GRUCell(num_units=2), input_keep_prob=1e-6, variational_recurrent=True),
    DropoutWrapper(cell=GRUCell(num_units=2), state_keep_prob=0.5, dropout_state_filter_visitor="all"),
)
FLAT = BasicLSTMCell(num_units=2, state_is_tuple=False)
RUNS = (
    Step(initial_state=True),
    StaticRNN(sequence_length=(4, 0)),
    DynamicRNN(time_major=True),
    RawRNN(sequence_length=(4, 0), initial_state=True),
    Chunked(chunks=(1, 3), carry_state=False),
    Chunked(chunks=(1, 3), carried="variables"),
    StateSavingRNN(chunks=(1, 3), initial_state=True),
    BidirectionalDynamicRNN(cell_bw=GRUCell(num_units=4), initial_state=True),
    StaticBidirectionalRNN(sequence_length=(1, 2)),
    BidirectionalDynamicRNN(cell_bw="cell_fw"),
    StackBidirectionalRNN(layers=1, sequence_length=(1, 2)),
    StackBidirectionalDynamicRNN(layers=1, time_major=True),
)
MASKED = (Step, StaticRNN, DynamicRNN, Chunked, BidirectionalDynamicRNN, StaticBidirectionalRNN)
PAIRS = [
    (cell, run)
    for cell in CELLS
    for run in RUNS
    if not isinstance(cell, DropoutWrapper)
    or (isinstance(run, MASKED) and getattr(run, "carried", "tensor") == "tensor")
]
TINY = '{"batch_size":1,"depth":1,"max_time":1}'
TEXT = (
    '{"cell":{"activation":null,"class":"BasicRNNCell","num_units":1},"dtype":"float32","gain":1.0,"id":"a/b",'
    f'"run":{{"function":"Step","initial_state":false}},"seed":7,"sizes":{TINY},"why":"w"}}'
)


def case(cell=CELLS[0], run=RUNS[0], **rest):
    sizes = Sizes(batch_size=2, max_time=1 if isinstance(run, Step) else 4, depth=3)
    return CaseSpec(**({"id": "a/b", "why": "w", "cell": cell, "run": run, "sizes": sizes, "seed": 1} | rest))


@pytest.mark.parametrize(("cell", "run"), PAIRS, ids=lambda one: type(one).__name__)
def test_every_cell_and_run_come_back_from_json_as_they_were(cell, run):
    spec = case(cell, run, dtype="float64", gain=0.5)
    assert from_json(to_json(spec)) == spec
    assert to_json(from_json(to_json(spec))) == to_json(spec)


@pytest.mark.parametrize(
    "run", [run for run in RUNS if not isinstance(run, MASKED)], ids=lambda run: type(run).__name__
)
def test_dropout_is_refused_where_its_masks_cannot_be_had_again(run):
    with pytest.raises(UnsupportedOptionError, match="where something is dropped"):
        case(DropoutWrapper(cell=CELLS[0], output_keep_prob=0.5), run)


def test_json_is_canonical_with_every_field_written():
    assert to_json(from_json(TEXT)).decode() == TEXT


def test_whole_numbers_and_floats_are_the_same_spec_and_the_same_json():
    assert to_json(case(BasicLSTMCell(num_units=2, forget_bias=1))) == to_json(case(BasicLSTMCell(num_units=2)))
    lists = case(run=DynamicRNN(sequence_length=[4, 1]))
    assert lists == case(run=DynamicRNN(sequence_length=(4, 1)))


def test_defaults_are_tensorflows():
    assert LSTMCell(num_units=1) == LSTMCell(
        num_units=1, use_peepholes=False, cell_clip=None, num_proj=None, proj_clip=None, num_unit_shards=None,
        num_proj_shards=None, forget_bias=1.0, state_is_tuple=True, activation=None,
    )  # fmt: skip
    assert BasicLSTMCell(num_units=1) == BasicLSTMCell(num_units=1, forget_bias=1.0, state_is_tuple=True)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"num_units":1', '"num_units":1,"units":2', "Object contains unknown field `units` - at `$.cell`"),
        ('"num_units":1', '"num_units":"1"', "Expected `int`, got `str` - at `$.cell.num_units`"),
        ('"seed":7,', "", "Object missing required field `seed`"),
        ("BasicRNNCell", "BasicRNN", "Invalid value 'BasicRNN' - at `$.cell.class`"),
        ('"float32"', '"float8"', "Invalid enum value 'float8' - at `$.dtype`"),
        (TEXT, "{", "Input data was truncated"),
    ],
)
def test_json_that_is_no_case_is_refused_with_its_place(old, new, message):
    with pytest.raises(SpecInvalidError) as caught:
        from_json(TEXT.replace(old, new), "fixture x")
    assert str(caught.value) == f"fixture x: not a case specification: {message}."


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GRUCell(num_units=0), "GRUCell.num_units: got 0, should be a whole number > 0."),
        (lambda: GRUCell(num_units=-1), "GRUCell.num_units: got -1, should be a whole number > 0."),
        (lambda: GRUCell(num_units=True), "GRUCell.num_units: got True, should be a whole number > 0."),
        (lambda: BasicRNNCell(num_units=1.0), "BasicRNNCell.num_units: got 1.0, should be a whole number > 0."),
        (lambda: LSTMCell(num_units=1, num_proj=0), "LSTMCell.num_proj: got 0, should be a whole number > 0."),
        (lambda: LSTMCell(num_units=1, num_unit_shards=0), "LSTMCell.num_unit_shards: got 0, should be a whole number"),
        (lambda: LSTMCell(num_units=1, num_proj_shards=2.0), "LSTMCell.num_proj_shards: got 2.0, should be a whole"),
        (lambda: LSTMCell(num_units=1, cell_clip=-0.5), "LSTMCell.cell_clip: got -0.5, should be None or a number"),
        (lambda: LSTMCell(num_units=1, proj_clip=-1e-9), "LSTMCell.proj_clip: got -1e-09, should be None or a number"),
        (lambda: LSTMCell(num_units=1, cell_clip="1"), "LSTMCell.cell_clip: got '1', should be a number."),
        (lambda: LSTMCell(num_units=1, forget_bias=float("nan")), "LSTMCell.forget_bias: got nan, should be a finite"),
        (lambda: BasicLSTMCell(num_units=1, forget_bias=float("inf")), "forget_bias: got inf, should be a finite"),
        (lambda: GRUCell(num_units=1, activation="tanhh"), "(did you mean 'tanh'?)"),
        (lambda: GRUCell(num_units=1, activation="PReLU"), "GRUCell.activation: got 'PReLU', should be None or one of"),
        (lambda: MultiRNNCell(cells=()), "MultiRNNCell.cells: got (), should be at least one cell."),
        (lambda: MultiRNNCell(cells=(CELLS[4],)), "should be cells that are not stacks themselves."),
        (
            lambda: MultiRNNCell(cells=(DeviceWrapper(cell=CELLS[4], device="/cpu:0"),)),
            "should be cells that are not stacks themselves.",
        ),
        (
            lambda: MultiRNNCell(cells=(ResidualWrapper(cell=LSTMCell(num_units=1)),), state_is_tuple=False),
            "should be cells with state_is_tuple=False where the stack has it False.",
        ),
        (
            lambda: MultiRNNCell(cells=(GRUCell(num_units=1), GRUCell(num_units=2)), one_object=True),
            "should be two or more equal cells where they are one_object.",
        ),
        (
            lambda: MultiRNNCell(cells=(GRUCell(num_units=1),), one_object=True),
            "should be two or more equal cells where they are one_object.",
        ),
        (
            lambda: SummedMultiRNNCell(cells=(GRUCell(num_units=1), GRUCell(num_units=2))),
            "should be cells of one output size, so that outputs can be summed.",
        ),
        (lambda: SummedMultiRNNCell(cells=()), "SummedMultiRNNCell.cells: got (), should be at least one cell."),
        (
            lambda: ResidualWrapper(cell=GRUCell(num_units=1), residual_fn="concat"),
            "ResidualWrapper.residual_fn: got 'concat', should be None or one of slice.",
        ),
        (
            lambda: DeviceWrapper(cell=GRUCell(num_units=1), device="cpu"),
            "DeviceWrapper.device: got 'cpu', should be like '/cpu:0' or '/job:worker/device:CPU:0'.",
        ),
        (
            lambda: DropoutWrapper(cell=GRUCell(num_units=1), input_keep_prob=0),
            "DropoutWrapper.input_keep_prob: got 0.0, should be more than 0 and at most 1.",
        ),
        (
            lambda: DropoutWrapper(cell=GRUCell(num_units=1), output_keep_prob=1.01),
            "DropoutWrapper.output_keep_prob: got 1.01, should be more than 0 and at most 1.",
        ),
        (lambda: DropoutWrapper(cell=GRUCell(num_units=1), state_keep_prob="1"), "got '1', should be a number."),
        (
            lambda: DropoutWrapper(cell=GRUCell(num_units=1), dropout_state_filter_visitor="c"),
            "DropoutWrapper.dropout_state_filter_visitor: got 'c', should be None or one of all.",
        ),
        (lambda: DropoutWrapper(cell=3), "DropoutWrapper.cell: got 3, should be a cell."),
        (lambda: ResidualWrapper(cell="GRUCell"), "ResidualWrapper.cell: got 'GRUCell', should be a cell."),
        (lambda: DeviceWrapper(cell=None, device="/cpu:0"), "DeviceWrapper.cell: got None, should be a cell."),
        (
            lambda: BidirectionalDynamicRNN(cell_bw="fw"),
            "BidirectionalDynamicRNN.cell_bw: got 'fw', should be None, a cell or 'cell_fw'.",
        ),
        (
            lambda: case(ResidualWrapper(cell=GRUCell(num_units=4))),
            "should be a cell of output size 3, the width of its inputs.",
        ),
        (
            lambda: case(ResidualWrapper(cell=GRUCell(num_units=2))),
            "should be a cell of output size 3, the width of its inputs.",
        ),
        (
            lambda: case(ResidualWrapper(cell=GRUCell(num_units=4), residual_fn="slice")),
            "should be a cell of output size at most 3, the width of its inputs.",
        ),
        (
            lambda: case(MultiRNNCell(cells=(GRUCell(num_units=3), ResidualWrapper(cell=GRUCell(num_units=2))))),
            "should be a cell of output size 3, the width of its inputs.",
        ),
        (
            lambda: case(run=StaticBidirectionalRNN(cell_bw=ResidualWrapper(cell=GRUCell(num_units=2)))),
            "should be a cell of output size 3, the width of its inputs.",
        ),
        (
            lambda: case(MultiRNNCell(cells=(GRUCell(num_units=2),) * 2, one_object=True)),
            "should be cells of output size 3, the width of the inputs, if one_object.",
        ),
        (
            lambda: MultiRNNCell(cells=(LSTMCell(num_units=1),), state_is_tuple=False),
            "should be cells with state_is_tuple=False where the stack has it False.",
        ),
        (lambda: Chunked(chunks=(3,)), "Chunked.chunks: got (3,), should be two or more numbers of steps > 0."),
        (lambda: Chunked(chunks=(3, 0)), "Chunked.chunks: got (3, 0), should be two or more numbers of steps > 0."),
        (lambda: StateSavingRNN(chunks=(4,)), "chunks: got (4,), should be two or more numbers of steps > 0."),
        (
            lambda: Chunked(chunks=(1, 3), carried="hand"),
            "Chunked.carried: got 'hand', should be one of tensor, feed, variables.",
        ),
        (lambda: StackBidirectionalRNN(layers=0), "StackBidirectionalRNN.layers: got 0, should be a whole number > 0."),
        (lambda: StackBidirectionalDynamicRNN(layers=0), "layers: got 0, should be a whole number > 0."),
        (
            lambda: case(ResidualWrapper(cell=GRUCell(num_units=3)), StackBidirectionalRNN(layers=2)),
            "should be a cell of output size 6, the width of its inputs.",
        ),
        (lambda: case(run=RawRNN(sequence_length=(5, 1))), "got (5, 1), should be at most 4, the steps that there"),
        (lambda: case(run=RawRNN(sequence_length=(1,))), "should be 2 numbers of at least 0, one a batch row."),
        (lambda: case(run=StateSavingRNN(chunks=(1, 2))), "should be of as many steps as the chunks have."),
        (lambda: Sizes(batch_size=1, max_time=0, depth=1), "Sizes.max_time: got 0, should be a whole number > 0."),
        (lambda: case(id="LSTM/x"), "CaseSpec.id: got 'LSTM/x', should be like 'lstm/peephole-clip'."),
        (lambda: case(id="lstm"), "CaseSpec.id: got 'lstm', should be like 'lstm/peephole-clip'."),
        (lambda: case(id="../lstm/x"), "CaseSpec.id: got '../lstm/x', should be like 'lstm/peephole-clip'."),
        (lambda: case(why=" "), "CaseSpec.why: got ' ', should be the mistake that this case catches."),
        (lambda: case(dtype="bfloat16"), "CaseSpec.dtype: got 'bfloat16', should be one of float16, float32, float64."),
        (lambda: case(seed=-1), "CaseSpec.seed: got -1, should be at least 0."),
        (lambda: case(gain=0), "CaseSpec.gain: got 0.0, should be more than 0."),
        (lambda: case(run=DynamicRNN(sequence_length=(1,))), "should be 2 numbers of at least 0, one a batch row."),
        (lambda: case(run=StaticRNN(sequence_length=(1, -1))), "should be 2 numbers of at least 0, one a batch row."),
        (lambda: case(run=Chunked(chunks=(1, 2))), "should be of as many steps as the chunks have."),
        (
            lambda: case(run=Step(), sizes=Sizes(batch_size=1, max_time=2, depth=1)),
            "should be of max_time 1 for one Step.",
        ),
    ],
)
def test_an_option_that_tensorflow_does_not_take_is_refused_with_what_it_should_be(make, message):
    with pytest.raises(UnsupportedOptionError) as caught:
        make()
    assert message in str(caught.value)


@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_sliced_residual_may_be_as_wide_as_its_inputs_or_narrower(width):
    cell = ResidualWrapper(cell=GRUCell(num_units=width), residual_fn="slice")
    assert case(cell).cell.output_size == width


def test_concatenated_states_go_through_wrappers():
    stack = MultiRNNCell(cells=(ResidualWrapper(cell=FLAT), GRUCell(num_units=2)), state_is_tuple=False)
    assert unwrapped(DeviceWrapper(cell=ResidualWrapper(cell=stack), device="/job:worker/task:1/device:CPU:0")) == stack


@pytest.mark.parametrize("name", ["cell_clip", "proj_clip"])
def test_clipping_at_zero_is_an_option_and_not_none(name):
    cell = LSTMCell(num_units=1, **{name: 0})
    assert getattr(cell, name) == 0.0
    assert from_json(to_json(case(cell))).cell != LSTMCell(num_units=1)


@pytest.mark.parametrize(("lengths", "holds"), [((4, 4), True), ((0, 0), True), ((4, 5), True), ((4, -1), False)])
def test_lengths_may_be_zero_full_or_beyond_but_not_negative(lengths, holds):
    if holds:
        assert case(run=DynamicRNN(sequence_length=lengths)).run.sequence_length == lengths
    else:
        with pytest.raises(UnsupportedOptionError):
            case(run=DynamicRNN(sequence_length=lengths))


def test_a_spec_is_immutable_and_equal_by_value():
    spec = case()
    with pytest.raises(AttributeError):
        spec.seed = 2
    assert spec == case()
    assert hash(spec) == hash(case())


@given(st.integers(0, 2**32), st.floats(0, 10), st.one_of(st.none(), st.floats(0, 5)), st.booleans())
def test_any_lstm_comes_back_from_json(seed, forget_bias, clip, peepholes):
    cell = LSTMCell(num_units=1 + seed % 7, forget_bias=forget_bias, cell_clip=clip, use_peepholes=peepholes)
    spec = case(cell, RUNS[seed % len(RUNS)], seed=seed)
    assert from_json(to_json(spec)) == spec
    assert json.loads(to_json(spec))["cell"] == msgspec.to_builtins(cell)


@pytest.mark.parametrize(
    ("cell", "dtype", "has"),
    [
        (LSTMBlockCell(num_units=3), "float64", "float16, float32, in which TensorFlow has LSTMBlockCell"),
        (GRUBlockCellV2(num_units=3), "float16", "float32, in which TensorFlow has GRUBlockCellV2"),
        (MultiRNNCell(cells=(GRUCell(num_units=3), GRUBlockCellV2(num_units=3))), "float64", "float32"),
    ],
)
def test_a_dtype_that_tensorflow_does_not_have_a_cell_in_is_refused(specs, cell, dtype, has):
    with pytest.raises(UnsupportedOptionError, match=rf"CaseSpec.dtype: got '{dtype}', should be one of {has}"):
        specs(cell=cell, run=DynamicRNN(), dtype=dtype)


def test_a_backward_cell_of_another_dtype_is_refused(specs):
    run = BidirectionalDynamicRNN(cell_bw=LSTMBlockCell(num_units=3))
    with pytest.raises(UnsupportedOptionError, match="in which TensorFlow has LSTMBlockCell"):
        specs(cell=GRUCell(num_units=3), run=run, dtype="float64")


@pytest.mark.parametrize(
    ("cell", "run"),
    [
        (LSTMBlockFusedCell(num_units=3), DynamicRNN()),
        (MultiRNNCell(cells=(LSTMBlockFusedCell(num_units=3),)), DynamicRNN()),
        (ResidualWrapper(cell=BlockLSTMV2(num_units=2)), FusedRNN()),
        (GRUCell(num_units=3), BidirectionalDynamicRNN(cell_bw=LSTMBlockFusedCell(num_units=3))),
        (LSTMBlockCell(num_units=3), FusedRNN()),
    ],
)
def test_fused_cells_run_by_themselves_and_nothing_else_does(specs, cell, run):
    with pytest.raises(UnsupportedOptionError, match="a fused cell"):
        specs(cell=cell, run=run)


@pytest.mark.parametrize(
    ("cell", "lengths", "should_be"),
    [
        (LSTMBlockFusedCell(num_units=3), (6, 1, 0), "at most 5, all steps"),
        (BlockLSTMV2(num_units=3), (5, 1, 1), "one number for all rows"),
        (LSTMBlockFusedCell(num_units=3), (1, 1), "3 numbers of at least 0"),
    ],
)
def test_lengths_that_a_fused_cell_does_not_take_are_refused(specs, cell, lengths, should_be):
    with pytest.raises(UnsupportedOptionError, match=rf"FusedRNN.sequence_length: got .*, should be {should_be}"):
        specs(cell=cell, run=FusedRNN(sequence_length=lengths))


def test_a_kernel_s_cell_is_the_core_cell_of_equal_numbers():
    for clip in (None, 0.0, -1.0):
        assert LSTMBlockCell(num_units=3, forget_bias=0.5, cell_clip=clip).as_core_cell() == LSTMCell(
            num_units=3, forget_bias=0.5
        )
    clipped = LSTMBlockFusedCell(num_units=3, cell_clip=2.0, use_peephole=True).as_core_cell()
    assert clipped == LSTMCell(num_units=3, cell_clip=2.0, use_peepholes=True)
    assert CudnnCompatibleLSTMCell(num_units=3).as_core_cell() == LSTMCell(num_units=3, forget_bias=0.0)
    assert GRUBlockCellV2(num_units=3).as_core_cell() == GRUCell(num_units=3)
