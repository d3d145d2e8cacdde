"""How many known mistakes this catalogue catches, and how many other projects' published RNN tests do.

    python -m benchmarks.adequacy [--peers] [--write]

Every mistake is made in every case, and in every test of `benchmarks.peers`, that leaves room for it. `--peers` leaves
out the catalogue, which takes a minute or two; `--write` puts the figures into docs/adequacy.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Sized
from pathlib import Path

from benchmarks.options import parser_of
from benchmarks.peers import peers
from benchmarks.published import Peer, PeerTest
from rnn_parity.adequacy import adequacy, processors
from rnn_parity.compare import compare
from rnn_parity.mistakes import MISTAKES, Mistake
from rnn_parity.report.adequacy import totals
from rnn_parity.store import Fixtures, default_fixtures
from rnn_parity.tolerance import Tolerance

PAGE = Path(__file__).parents[1] / "docs" / "adequacy.md"
EVERY_CELL = ("state", "lengths", "bidirectional", "axes")  # families of mistakes that any cell's run can show
ORDERS = re.compile(r"lstm/gates-read-[ijfo]-[ijfo]-[ijfo]-[ijfo]")  # the 23 wrong orders of four gates
DRAWN = "seq-length"  # of the tests whose weights are drawn
ROWS = (
    (
        "published tests",
        "tests",
        "mistakes",
        "with room",
        "caught",
        "caught at our yardstick",
        "gate orders caught",
    ),
    ("---", "---:", "---:", "---:", "---:", "---:", "---:"),
)


def main() -> None:
    """Measure and print, or write."""
    parser = parser_of("benchmarks.adequacy", __doc__)
    parser.add_argument("--peers", action="store_true", help="the other projects' tests alone")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/adequacy.md")
    options = parser.parse_args()
    parts = peers_parts()
    if not options.peers:
        parts["totals"] = ["```text", *our_totals(), "```"]
    for name, lines in parts.items():
        if options.write:
            PAGE.write_text(with_part(PAGE.read_text(), name, lines))
        else:
            print("\n".join(lines))


def our_totals() -> Iterator[str]:
    """Yield the totals of the whole catalogue."""
    recorded = Fixtures(default_fixtures())
    return totals(adequacy(recorded, recorded.ids, jobs=processors()))


def peers_parts() -> dict[str, list[str]]:
    """Return the parts of the page about published tests: name -> lines."""
    judge, found = Judge(), peers()
    return {"peers": list(table(found, judge)), "drawn": list(drawn(found, judge))}


def table(found: Sequence[Peer], judge: Judge) -> Iterator[str]:
    """Yield the lines of the table of published tests."""
    yield from (f"| {' | '.join(row)} |" for row in ROWS)
    for peer in found:
        about = mistakes_about(peer)
        judged = {one.id: found for one in about if (found := judge.of(peer.tests, one))}
        caught = [name for name, found in judged.items() if any(published for published, _ in found)]
        strict = [name for name, found in judged.items() if any(ours for _, ours in found)]
        orders = [name for name in judged if ORDERS.fullmatch(name)]
        cells = (
            f"[{peer.name}]({peer.source})",
            str(len(peer.tests)),
            str(len(about)),
            str(len(judged)),
            f"{len(caught)} ({share(caught, judged)}, {share(caught, about)} of all)",
            f"{len(strict)} ({share(strict, judged)})",
            f"{sum(one in caught for one in orders)} of {len(orders)}" if orders else "",
        )
        yield f"| {' | '.join(cells)} |"


def drawn(found: Sequence[Peer], judge: Judge) -> Iterator[str]:
    """Yield what ONNX's tests of drawn weights see, beside those of constant ones."""
    for peer in found:
        alone = [test for test in peer.tests if test.name.endswith(DRAWN)]
        if not alone:
            continue
        about, others = mistakes_about(peer), [test for test in peer.tests if test not in alone]
        own = [judge.sees(test, one)[0] for one in about for test in alone if one.applies(test.case.spec)]
        seen = [[published for published, _ in judge.of(others, one)] for one in about]
        hidden = sum(bool(by_each) and not any(by_each) for by_each in seen)
        yield (
            f"- {peer.name}: the test of drawn weights sees {sum(own)} of the {len(own)} mistakes it has room for; "
            f"the {len(others)} of constant weights together leave {hidden} undetected."
        )


def mistakes_about(peer: Peer) -> list[Mistake]:
    """Return the mistakes about a peer's cells, and those that any cell's run can show."""
    return [one for one in MISTAKES if one.id.split("/")[0] in (*peer.families, *EVERY_CELL)]


class Judge:
    """Which tests see which mistakes, each made once in each test: as published, and as this harness compares."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[bool, bool]] = {}

    def of(self, tests: Sequence[PeerTest], mistake: Mistake) -> list[tuple[bool, bool]]:
        """Return whether each of the tests with room fails the mistake, as published and at our yardstick."""
        with_room = (test for test in tests if mistake.applies(test.case.spec))
        return [self.sees(test, mistake) for test in with_room]

    def sees(self, test: PeerTest, mistake: Mistake) -> tuple[bool, bool]:
        """Return whether one test fails the mistake, as published and at our yardstick."""
        key = (test.name, mistake.id)
        if key not in self._known:
            answer = mistake.run(test.case.question())
            self._known[key] = (test.fails(answer), not compare(test.case, answer, Tolerance()).agrees)
        return self._known[key]


def share(some: Sized, of: Sized) -> str:
    """Return a share in per cent."""
    return f"{100 * len(some) / len(of):.0f} %"


def with_part(page: str, name: str, lines: list[str]) -> str:
    """Return a page with the lines between `<!-- name -->` and `<!-- end of name -->`."""
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    return re.sub(f"(?s){start}.*?{end}", lambda _: "\n".join([start + "", *lines, "", end]), page)


if __name__ == "__main__":
    main()
