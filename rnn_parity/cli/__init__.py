"""The command `rnn-parity`: its commands, and the status that it ends with."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import NoReturn, cast

import click

import rnn_parity
from rnn_parity.cli.options import STATUSES
from rnn_parity.cli.terminal import complain
from rnn_parity.errors import RnnParityError

INTERRUPTED = 130  # 128 + SIGINT
PLACES = {  # command -> module and function, loaded when it is called or listed
    "check": ("judging", "check_command"),
    "export": ("judging", "export_command"),
    "compare": ("judging", "compare_command"),
    "report": ("judging", "report_command"),
    "recheck": ("judging", "recheck_command"),
    "list": ("looking", "list_command"),
    "show": ("looking", "show_command"),
    "mistakes": ("looking", "mistakes_command"),
    "adequacy": ("looking", "adequacy_command"),
    "isolate": ("looking", "isolate_command"),
    "convert": ("converting", "convert_command"),
}


class Commands(Mapping[str, click.Command]):
    """The commands by name: knowing the names loads none of them."""

    def __getitem__(self, name: str) -> click.Command:
        module, function = PLACES[name]
        return cast("click.Command", getattr(import_module(f"{__name__}.{module}"), function))

    def __contains__(self, name: object) -> bool:
        return name in PLACES

    def __iter__(self) -> Iterator[str]:
        return iter(PLACES)

    def __len__(self) -> int:
        return len(PLACES)


@click.group(epilog=STATUSES)
@click.version_option(rnn_parity.__version__, prog_name="rnn-parity", message="%(prog)s %(version)s")
def cli() -> None:
    """Does this RNN compute what TensorFlow 1's rnn_cell computes, and if not, where and why?"""


cli.commands = Commands()  # type: ignore[assignment]  # click asks for a mapping to change; it only reads this one


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command and leave Python with its exit status; an error is one line on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a name that the terminal cannot show must not end in a trace
    try:
        status = cli.main(args, prog_name="rnn-parity", standalone_mode=False) or 0  # None where a command just ends
    except RnnParityError as error:
        status = complain(str(error), error.exit_status)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())  # a bare command prints its help, but it has checked nothing: not 0
        status = error.exit_code
    except click.ClickException as error:
        status = complain(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        status = INTERRUPTED
    sys.exit(status)
