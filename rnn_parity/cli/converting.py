"""The command that moves weights from one framework's layout to another's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rnn_parity.cli.options import CONVERT_STATUSES, with_fixtures
from rnn_parity.cli.terminal import put_words
from rnn_parity.layouts import LAYOUTS


@click.command("convert", epilog=CONVERT_STATUSES)
@click.argument("files", metavar="[SOURCE] TARGET", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--from", "source", metavar="LAYOUT", default="tf1", show_default=True, help="Layout of SOURCE.")
@click.option("--to", "target", metavar="LAYOUT", required=True, help=f"Layout of TARGET: {', '.join(LAYOUTS)}.")
@click.option("--case", metavar="ID", help="The cell is this case's; without SOURCE so are the weights.")
@click.option(
    "--cell", metavar="TEXT", help="The cell, like 'LSTMCell(num_units=5)' or 'MultiRNNCell([GRUCell(5)] * 2)'."
)
@click.option(
    "--run", metavar="TEXT", help="How --cell is run, like 'BidirectionalDynamicRNN()'; default: DynamicRNN()."
)
@click.option(
    "--depth", metavar="D", type=click.IntRange(min=1), help="Width of --cell's inputs; default: the arrays'."
)
@click.option("--scope", metavar="SCOPE", help="Where TensorFlow's variables lie; default: found, or the run's own.")
@click.option("--ignore-unknown", is_flag=True, help="Leave out arrays of SOURCE that the cell does not have.")
@click.option("--force", is_flag=True, help="Replace TARGET.")
@with_fixtures
def convert_command(*, files: tuple[Path, ...], source: str, target: str, folder: Path | None, **given: Any) -> None:  # noqa: ANN401  one an option
    """Convert weights from one framework's layout to another's.

    SOURCE holds arrays by name in .safetensors or .npz, or is a fixture, which says itself whose weights they are.
    TARGET is a .safetensors or .npz; with --to onnx also a whole model, .onnx. Nothing is replaced without --force.
    """
    from rnn_parity.conversion import Request, written  # noqa: PLC0415  only here

    if len(files) > 2:  # noqa: PLR2004  SOURCE and TARGET
        raise click.UsageError(f"got {len(files)} files, should be TARGET, or SOURCE and TARGET.")
    origin = files[0] if len(files) > 1 else None
    request = Request(
        source=origin, target=files[-1], layout_of_source=source, layout_of_target=target, fixtures=folder, **given
    )
    put_words(written(request))
