"""How many known mistakes this catalogue catches, and how many other projects' published RNN tests do.

    python -m benchmarks.adequacy [--peers] [--write]

Every mistake is made in every case, and in every test of `benchmarks.peers`, that leaves room for it. `--peers` leaves
out the catalogue, which takes a minute or two; `--write` puts the figures into docs/adequacy.md.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.peers import Peer, PeerTest, peers
from rnn_parity.adequacy import adequacy, processors, ratio_if_caught
from rnn_parity.mistakes import MISTAKES, Mistake
from rnn_parity.report.adequacy import totals
from rnn_parity.store import Fixtures, default_fixtures
from rnn_parity.tolerance import Tolerance

PAGE = Path(__file__).parents[1] / "docs" / "adequacy.md"
EVERY_CELL = ("state", "lengths", "bidirectional", "axes")  # families of mistakes that any cell's run can show
ORDERS = "lstm/gates-read-"  # of the 23 wrong orders of four gates
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", action="store_true", help="the other projects' tests alone")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/adequacy.md")
    options = parser.parse_args()
    parts = {"peers": list(table())}
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


def table() -> Iterator[str]:
    """Yield the lines of the table of published tests."""
    yield from (f"| {' | '.join(row)} |" for row in ROWS)
    for peer in peers():
        about = [one for one in MISTAKES if one.id.split("/")[0] in (*peer.families, *EVERY_CELL)]
        room = [one for one in about if peer.has_room(one)]
        caught = [one for one in room if peer.catches(one)]
        strict = [one for one in room if caught_strictly(peer, one)]
        orders = [one for one in room if one.id.startswith(ORDERS)]
        ordered = f"{sum(one in caught for one in orders)} of {len(orders)}" if orders else ""
        cells = (
            f"[{peer.name}]({peer.source})",
            str(len(peer.tests)),
            str(len(about)),
            str(len(room)),
            f"{len(caught)} ({share(caught, room)}, {share(caught, about)} of all)",
            f"{len(strict)} ({share(strict, room)})",
            ordered,
        )
        yield f"| {' | '.join(cells)} |"


def caught_strictly(peer: Peer, mistake: Mistake) -> bool:
    """Return whether a peer's data shows a mistake where all outputs and states are compared as this harness does."""
    return any(_shows(test, mistake) for test in peer.tests if mistake.applies(test.case.spec))


def _shows(test: PeerTest, mistake: Mistake) -> bool:
    return ratio_if_caught(test.case, mistake.run, Tolerance()) is not None


def share(some: list[Mistake], of: list[Mistake]) -> str:
    """Return a share in per cent."""
    return f"{100 * len(some) / len(of):.0f} %"


def with_part(page: str, name: str, lines: list[str]) -> str:
    """Return a page with the lines between `<!-- name -->` and `<!-- end of name -->`."""
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    return re.sub(f"(?s){start}.*?{end}", lambda _: "\n".join([start + "", *lines, "", end]), page)


if __name__ == "__main__":
    main()
