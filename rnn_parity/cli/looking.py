"""The commands that look: at the cases, at the known mistakes and what catches them, at a candidate step by step."""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rnn_parity.candidate import case_of, load_candidate
from rnn_parity.cli.options import (
    ADEQUACY_STATUSES,
    ISOLATE_STATUSES,
    LOOKING_STATUSES,
    MISTAKES_STATUSES,
    with_candidate,
    with_cases,
    with_fixtures,
    with_json,
)
from rnn_parity.cli.terminal import leave, progress, put_words, require_folder, width, write
from rnn_parity.errors import nearest
from rnn_parity.store import Fixtures, default_fixtures

if TYPE_CHECKING:
    from rnn_parity.mistakes.mistake import Mistake


@click.command("list", epilog=LOOKING_STATUSES)
@with_cases
@with_fixtures
@click.option("--json", "as_json", is_flag=True, help="Print JSON: every case with its options.")
def list_command(*, globs: tuple[str, ...], folder: Path | None, as_json: bool) -> None:
    """List the recorded cases, each with the reason it exists."""
    recorded = Fixtures(folder or default_fixtures())
    specs = [recorded.read_spec(case_id) for case_id in recorded.select(globs)]
    if as_json:
        from rnn_parity.report.json import encode, list_json  # noqa: PLC0415  only where JSON is asked for

        write("-", encode(list_json(specs)))
    else:
        from rnn_parity.report.listing import list_text  # noqa: PLC0415  only here

        put_words(list_text(specs, width() if sys.stdout.isatty() else None))


@click.command("show", epilog=LOOKING_STATUSES)
@click.argument("case_id", metavar="CASE")
@with_fixtures
def show_command(*, case_id: str, folder: Path | None) -> None:
    """Show one case: why it exists, its cell, run, weights and recorded tensors."""
    from rnn_parity.report.listing import case_text  # noqa: PLC0415  only here

    recorded = Fixtures(folder or default_fixtures())
    fixture = recorded.read(case_id)
    options = () if folder is None else ("--fixtures", str(folder))
    command = shlex.join(("rnn-parity", "check", "--cases", case_id, *options))
    put_words(case_text(fixture, recorded.manifest.cases[case_id], command))


@click.command("mistakes", epilog=MISTAKES_STATUSES)
@click.argument("mistake_id", metavar="[ID]", required=False)
def mistakes_command(*, mistake_id: str | None) -> None:
    """List the known mistakes, those that a glob matches, or explain one."""
    from rnn_parity.catalogue import CASES  # noqa: PLC0415  needed only here
    from rnn_parity.mistakes import MISTAKES  # noqa: PLC0415  heavy, and needed only here
    from rnn_parity.report.listing import mistake_text, mistakes_text  # noqa: PLC0415  only here

    matching = [mistake for mistake in MISTAKES if fnmatchcase(mistake.id, mistake_id or "*")]
    if mistake_id is None or (matching and mistake_id != matching[0].id):
        put_words(mistakes_text(matching, width() if sys.stdout.isatty() else None))
    else:
        put_words(mistake_text(_known(mistake_id, MISTAKES), width(), CASES))


@click.command("adequacy", epilog=ADEQUACY_STATUSES)
@with_cases
@with_fixtures
@click.option(
    "--mistakes", "wanted", metavar="GLOB", multiple=True, help="Only the mistakes that match; may be repeated."
)
@with_json
@click.option(
    "--jobs", metavar="N", type=click.IntRange(min=1), help="Processes that share the cases; default: one a core."
)
def adequacy_command(
    *, globs: tuple[str, ...], folder: Path | None, wanted: tuple[str, ...], json_file: str | None, jobs: int | None
) -> None:
    """Make every known mistake on purpose, and say which cases catch it."""
    from rnn_parity import adequacy  # noqa: PLC0415  loads the mistakes, needed only here
    from rnn_parity.mistakes import MISTAKES  # noqa: PLC0415  as above
    from rnn_parity.report.adequacy import adequacy_json, adequacy_text  # noqa: PLC0415  as above
    from rnn_parity.report.json import encode  # noqa: PLC0415  as above

    require_folder(json_file)
    mistakes = _matching(wanted or ("*",), MISTAKES)
    recorded = Fixtures(folder or default_fixtures())
    ids = recorded.select(globs)
    with progress(len(ids)) as advance:
        found = adequacy.adequacy(recorded, ids, mistakes, jobs=jobs or adequacy.processors(), on_case=advance)
    if json_file != "-":
        put_words(adequacy_text(found, width()))
    if json_file is not None:
        write(json_file, encode(adequacy_json(found)))
    leave(found.exit_status)


@click.command("isolate", epilog=ISOLATE_STATUSES)
@click.argument("case_id", metavar="CASE")
@with_candidate("What to restart: a built-in name, module:function or path/file.py:function.")
@with_fixtures
@with_json
def isolate_command(*, case_id: str, reference: str, folder: Path | None, json_file: str | None) -> None:
    """Restart a candidate at each step from TensorFlow's state: where is it wrong by itself?"""
    from rnn_parity.isolate import isolate  # noqa: PLC0415  only here
    from rnn_parity.report.isolation import isolation_json, isolation_text  # noqa: PLC0415  only here
    from rnn_parity.report.json import encode  # noqa: PLC0415  only here

    require_folder(json_file)
    case = case_of(Fixtures(folder or default_fixtures()).read(case_id))
    with contextlib.redirect_stdout(sys.stderr):  # as in check
        found = isolate(case, load_candidate(reference), name=reference)
    if json_file != "-":
        put_words(isolation_text(found, width()))
    if json_file is not None:
        write(json_file, encode(isolation_json(found)))
    leave(found.exit_status)


def _matching(globs: Sequence[str], mistakes: Sequence[Mistake]) -> tuple[Mistake, ...]:
    """Return the mistakes that any of the globs matches; a glob that matches none is a wrong call."""
    for glob in globs:
        if not any(fnmatchcase(mistake.id, glob) for mistake in mistakes):
            _known(glob, mistakes)
    return tuple(mistake for mistake in mistakes if any(fnmatchcase(mistake.id, glob) for glob in globs))


def _known(mistake_id: str, mistakes: Sequence[Mistake]) -> Mistake:
    for mistake in mistakes:
        if mistake.id == mistake_id:
            return mistake
    near = nearest(mistake_id, (mistake.id for mistake in mistakes))
    hint = f"Did you mean {near!r}?" if near else "`rnn-parity mistakes` lists them."
    raise click.UsageError(f"no mistake {mistake_id!r}. {hint}")
