"""`python -m tf_reference import`, run in the test's own process."""

from click.testing import CliRunner

from tf_reference import __main__ as command


def run(*arguments):
    """Return exit status, stdout and stderr of an import; an exception that is no exit is raised."""
    result = CliRunner().invoke(command.main, ["import", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def in_one_line(out):
    """Return what was printed, whatever the width that it was wrapped to."""
    return " ".join(out.split())
