"""The command `rnn-parity`: its commands, and the status that it ends with."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

import click

import rnn_parity
from rnn_parity.cli import converting, judging, looking
from rnn_parity.cli.options import STATUSES
from rnn_parity.cli.terminal import complain
from rnn_parity.errors import RnnParityError

INTERRUPTED = 130  # 128 + SIGINT


@click.group(epilog=STATUSES)
@click.version_option(rnn_parity.__version__, prog_name="rnn-parity", message="%(prog)s %(version)s")
def cli() -> None:
    """Does this RNN compute what TensorFlow 1's rnn_cell computes, and if not, where and why?"""


for _command in (
    judging.check_command,
    judging.export_command,
    judging.compare_command,
    judging.report_command,
    judging.recheck_command,
    looking.list_command,
    looking.show_command,
    looking.mistakes_command,
    looking.adequacy_command,
    looking.isolate_command,
    converting.convert_command,
):
    cli.add_command(_command)


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
