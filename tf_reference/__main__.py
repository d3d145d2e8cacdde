"""`python -m tf_reference`: record TensorFlow's answers, compare them with new ones, look into and import old files."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from rnn_parity.errors import RnnParityError
from rnn_parity.spec import CaseSpec
from rnn_parity.store import default_fixtures
from tf_reference import statuses, terminal
from tf_reference.check import check
from tf_reference.export import export

DEEPER = 14  # columns before what goes on of a line of an import

Command = TypeVar("Command", bound=Callable[..., object])


class Group(click.Group):
    """A command group that ends with one line and the error's exit status, never with a stack trace."""

    def invoke(self, ctx: click.Context) -> object:
        """Return what the command returns."""
        try:
            return super().invoke(ctx)
        except RnnParityError as error:
            terminal.show_waiting("")
            click.echo(terminal.complaint(f"error: {error}"), err=True)
            ctx.exit(error.exit_status)


def with_options(command: Command) -> Command:
    """Return `command` with the options that both commands have."""
    options = (
        click.option("--only", metavar="GLOB", multiple=True, help="Only the cases that match; may be repeated."),
        click.option("--fixtures", "folder", metavar="DIR", type=click.Path(path_type=Path), default=default_fixtures,
                     help="Folder of the fixtures; default: the repository's."),
        click.option("--jobs", metavar="N", type=click.IntRange(1), default=os.cpu_count() or 1,
                     help="Processes that record; default: one a core."),
    )  # fmt: skip
    return functools.reduce(lambda decorated, option: option(decorated), options, command)


@click.group(cls=Group, epilog=statuses.epilog(statuses.ALL))
def main() -> None:
    """Record what TensorFlow's rnn_cell answers, and look into and import trained models of TensorFlow 1."""


@main.command("export", epilog=statuses.epilog(statuses.EXPORT))
@click.option("--write", is_flag=True, help="Write the fixtures; without it, only what would change is printed.")
@with_options
def export_command(*, write: bool, only: tuple[str, ...], folder: Path, jobs: int) -> None:
    """Record the catalogue and print what changes in the fixtures."""
    changes = export(_catalogue(), folder, only=only, jobs=jobs, write=write)
    for change in changes:
        click.echo(change.words)
    if write:
        click.echo(f"written to {folder}")
    elif changes:
        click.echo(f"{len(changes)} would change; --write writes them")
        _exit(statuses.DRIFTED)
    else:
        click.echo("nothing would change")


@main.command("check", epilog=statuses.epilog(statuses.CHECK))
@with_options
def check_command(*, only: tuple[str, ...], folder: Path, jobs: int) -> None:
    """Record the catalogue again and compare it with the fixtures."""
    report = check(_catalogue(), folder, only=only, jobs=jobs)
    for change in (*report.within_noise, *report.drifted):
        click.echo(change.words)
    within, drifted = len(report.within_noise), len(report.drifted)
    click.echo(f"{report.bit_equal} equal to the bit, {within} within TensorFlow's own rounding, {drifted} drifted")
    if report.drifted:
        _exit(statuses.DRIFTED)


@main.command("record", epilog=statuses.epilog(statuses.RECORD))
@click.argument("build", metavar="BUILD")
@click.option(
    "--out",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    required=True,
    help="A new folder, or one that this command wrote: cases of the same name are replaced, others kept.",
)
@click.option("--only", metavar="GLOB", multiple=True, help="Only the recordings that match; may be repeated.")
def record_command(*, build: str, folder: Path, only: tuple[str, ...]) -> None:
    """Record cells and graphs of your own, which BUILD returns: module:function or path/file.py:function."""
    from tf_reference.own.command import record_into  # noqa: PLC0415  only here

    for line in record_into(build, folder, only):
        click.echo(line)


@main.command("inspect", epilog=statuses.epilog(statuses.INSPECT))
@click.argument("path", metavar="PATH", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For programs: everything that is found, as one JSON object.")
def inspect_command(*, path: Path, as_json: bool) -> None:
    """Show the RNN cells in a file of TensorFlow 1: what is known of each, by what, and what cannot be known.

    PATH is a checkpoint (its prefix, any of its files or its folder), a .meta, a frozen .pb, a SavedModel's folder, or
    variables in .npz or .h5. Nothing in it is executed. A file in which no cell is found is shown, too, and ends with
    exit status 5.
    """
    from tf_reference.legacy.inspect import inspected  # noqa: PLC0415  only here
    from tf_reference.legacy.inspect_text import inspection_json, inspection_text, no_cell_words  # noqa: PLC0415  as above

    found = inspected(path)
    click.echo(inspection_json(found) if as_json else inspection_text(found, terminal.width()))
    if not found.models:
        click.echo(no_cell_words(found), err=True)
        _exit(statuses.NOTHING_FOUND)


@main.command("import", epilog=statuses.epilog(statuses.IMPORT))
@click.argument("path", metavar="PATH", type=click.Path(path_type=Path))
@click.option(
    "--out",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    required=True,
    help="A new folder, or one that this command wrote: cases of the same name are replaced, others kept.",
)
@click.option("--cell", metavar="TEXT", help="The cell, like 'BasicLSTMCell(num_units=128)'; default: what is found.")
@click.option("--run", metavar="TEXT", help="How it is run, like 'BidirectionalDynamicRNN()'; default: as named.")
@click.option(
    "--model",
    metavar="N|SCOPE",
    help="Which model, where the file has several: its number, or its scope or a beginning of it that no other has.",
)
@click.option(
    "--answer",
    "answers",
    metavar="OPTION=VALUE",
    multiple=True,
    help="An answer to a question of inspect's, for all layers or 'LAYER/OPTION=VALUE'; may be repeated.",
)
@click.option(
    "--name",
    metavar="NAME",
    help="What the cases are called, imported/NAME/...: small letters, digits and dashes; default: the file's name.",
)
@click.option(
    "--rest",
    metavar="FILE.npz",
    type=click.Path(path_type=Path),
    help="Write what is no part of the cell there: embedding, output layer, without an optimizer's.",
)
@click.option(
    "--no-graph",
    "graph",
    is_flag=True,
    flag_value=False,
    default=True,
    help="Leave the graph beside the weights aside: the rebuilt cell answers.",
)
@click.option(
    "--steps",
    metavar="T",
    type=click.IntRange(2, 10_000),
    default=12,
    show_default=True,
    help="Steps that are recorded.",
)
@click.option(
    "--batch", metavar="B", type=click.IntRange(1, 1000), default=3, show_default=True, help="Rows of the batch."
)
@click.option("--lengths", metavar="N,N,...", help="Lengths of the ragged case, one a row; default: T, T/2, 1, 0, ...")
@click.option("--seed", metavar="N", type=click.IntRange(0), default=2016, show_default=True, help="Of what is drawn.")
def import_command(*, lengths: str | None, steps: int, batch: int, seed: int, **given: Any) -> None:  # noqa: ANN401  one an option
    """Import a trained model of TensorFlow 1: a checkpoint, with its .meta where there is one, a graph, or arrays.

    Its cell becomes fixtures: the trained weights under today's names, inputs, and what TensorFlow answers.
    """
    from tf_reference.legacy.import_cases import drawing_of  # noqa: PLC0415  only here
    from tf_reference.legacy.importing import Request, import_into  # noqa: PLC0415  as above

    drawing = drawing_of(steps=steps, batch=batch, seed=seed, lengths=lengths)
    for line in import_into(Request(drawing=drawing, **given)):
        click.echo("\n".join(terminal.wrapped(line, terminal.width(), DEEPER)))


def _catalogue() -> tuple[CaseSpec, ...]:
    from rnn_parity.catalogue import CASES  # noqa: PLC0415  --help needs no catalogue

    return CASES


def _exit(status: int) -> NoReturn:
    click.get_current_context().exit(status)


if __name__ == "__main__":
    main(prog_name="python -m tf_reference")
