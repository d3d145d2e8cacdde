"""The pytest plugin: its hooks. What they need is imported where they need it, so that other runs pay nothing.

All options begin with `--rnn-parity-`, all ini keys with `rnn_parity_`; the marker is `rnn_parity`.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from rnn_parity.pytest_run import ParityRun

OPTIONS = {  # name -> metavar, help
    "candidate": (
        "REF",
        "Collect every case as a test of this candidate: a built-in name or module:function.",
    ),
    "cases": ("GLOB", "Only the cases that match; may be repeated."),
    "fixtures": ("DIR", "Folder of the fixtures; default: those that came with rnn-parity."),
    "report": ("DIR", "Write a report to be opened in a browser: DIR/index.html."),
    "json": ("FILE", "Write the verdict as JSON."),
    "known": ("FILE", "Known differences (TOML): [[known]] with case = GLOB and reason = TEXT."),
}
MARKER = "rnn_parity(*globs, cell=None, run=None, dtype=None): run once for every recorded case, as the argument `case`"
RUN = pytest.StashKey[Any]()  # of a ParityRun


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, and an ini key for each."""
    group = parser.getgroup("rnn-parity", "parity with TensorFlow 1's rnn_cell")
    for name, (metavar, words) in OPTIONS.items():
        if name == "cases":
            group.addoption(f"--rnn-parity-{name}", metavar=metavar, help=words, action="append", default=[])
            parser.addini(f"rnn_parity_{name}", words, type="args", default=[])
        else:
            group.addoption(f"--rnn-parity-{name}", metavar=metavar, help=words)
            parser.addini(f"rnn_parity_{name}", words, default="")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and the run where an option asks for one."""
    config.addinivalue_line("markers", MARKER)
    config.pluginmanager.register(_Gatherer(config), "rnn-parity-gatherer")
    if any(_option(config, name) for name in OPTIONS):
        _run(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that is marked its cases."""
    marker = metafunc.definition.get_closest_marker("rnn_parity")
    if marker is None:
        return
    if "case" not in metafunc.fixturenames:
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: has no argument `case`. Add it: it is what is checked.")
    ids = _run(metafunc.config).select(marker.args, marker.kwargs)
    metafunc.parametrize("case", ids, indirect=True, ids=ids)


@pytest.hookimpl(tryfirst=True)  # so that -k and --lf select among the cases, too
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add an item for every case where a candidate is given, and compare the known differences with all of them."""
    if RUN in config.stash:
        config.stash[RUN].collect(session, items)


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Any:  # noqa: ANN401  a case, loaded only where it is asked for
    """One recorded case of a test with `rnn_parity.pytest.parity_cases`: arrays, and `check(result)`."""
    if not hasattr(request, "param"):
        raise pytest.UsageError(f"{request.node.nodeid}: `case` needs @rnn_parity.pytest.parity_cases(...).")
    return _run(request.config).case(request.param, request.node)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Take an `Unsupported` for a skipped test, and a case that was never checked for a failure."""
    if RUN not in item.config.stash:
        return (yield)
    return (yield from item.config.stash[RUN].called(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Hand the result of a case on with the report, from whatever worker it was made on."""
    report = yield
    if RUN in item.config.stash:
        item.config.stash[RUN].reported(item, report)
    return report


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Name candidate, fixtures and versions, where this is a run of ours."""
    return config.stash[RUN].header() if RUN in config.stash else []


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:  # noqa: ANN401  has no public type
    """Give the diagnosis over all cases, and where the report lies."""
    if RUN in config.stash:
        config.stash[RUN].summarise(terminalreporter)


class _Gatherer:
    """Takes the results that reports bring, where the reports of all workers arrive."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the result of a case from its test's report."""
        attached = getattr(report, "rnn_parity", None)
        if attached is not None:
            _run(self._config).gather(attached)


def _option(config: pytest.Config, name: str) -> Any:  # noqa: ANN401  text or a list of it
    return config.getoption(f"rnn_parity_{name}") or config.getini(f"rnn_parity_{name}")


def _run(config: pytest.Config) -> ParityRun:
    if RUN not in config.stash:
        from rnn_parity.pytest_run import ParityRun  # noqa: PLC0415  other test runs spare it

        config.stash[RUN] = ParityRun(config, {name: _option(config, name) for name in OPTIONS})
    return config.stash[RUN]
