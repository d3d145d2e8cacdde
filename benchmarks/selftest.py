"""Whether the harness names what it knows: python -m benchmarks.selftest [--pairs N] [--every N] [--most N] [--json F].

Every mistake of the catalogue is made by a candidate, which is checked by `rnn-parity check` and diagnosed; then pairs
of mistakes, drawn at random among those that meet in a case. A candidate is right where its mistakes have no room, so
that it is checked on the cases that leave some (at most N of them, evenly chosen), and on WITNESSES others.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from benchmarks import mistaken
from benchmarks.mistaken import candidate
from benchmarks.options import parser_of, positive, writable
from rnn_parity.catalogue import CASES
from rnn_parity.cli import cli
from rnn_parity.mistakes import MISTAKES, Mistake, both
from rnn_parity.spec import CaseSpec

BY_ID = {mistake.id: mistake for mistake in MISTAKES}
WITNESSES = 120
SEED = 20


@dataclass(frozen=True)
class Outcome:
    """What became of the mistakes made: how the first diagnosis names them, and what was left unexplained.

    Attributes:
        made: their ids.
        named: "first", "among its equals" (which the cases cannot tell apart), "otherwise" or "not".
        unexplained: failing cases that no diagnosis explains, of `failing`, and whose numbers are all finite: where a
            mistake runs away to infinity or NaN there is nothing to reproduce.
        contradicted: passing cases that speak against the first diagnosis.
    """

    made: tuple[str, ...]
    named: str
    first: str
    failing: int
    unexplained: int
    contradicted: int
    seconds: float


def tried(ids: Sequence[str], most: int | None = None) -> Outcome:
    """Return what the command says of a candidate that makes these mistakes, on at most so many cases with room."""
    mistaken.made = [BY_ID[one] for one in ids]
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "verdict.json"
        globs = [part for case_id in _cases(mistaken.made, most) for part in ("--cases", case_id)]
        call = ["check", "--candidate", "benchmarks.mistaken:run", "--json", str(file), "-q", *globs]
        CliRunner().invoke(cli, call, catch_exceptions=False)
        held = json.loads(file.read_bytes())
    return _outcome(tuple(ids), held, time.perf_counter() - started)


def _cases(mistakes: Sequence[Mistake], most: int | None) -> Iterator[str]:
    with_room = [spec.id for spec in CASES if candidate(mistakes, spec) is not None]
    others = [spec.id for spec in CASES if candidate(mistakes, spec) is None]
    yield from with_room[:: -(-len(with_room) // most) if most else 1]
    yield from others[:: max(1, len(others) // (most or WITNESSES))]


def _outcome(made: tuple[str, ...], held: dict[str, Any], seconds: float) -> Outcome:
    found = held["diagnosis"]
    failing = [case for case in held["cases"] if case["verdict"] == "differ"]
    unexplained = sum(not (case["explanations"] or _runs_away(case)) for case in failing)
    first = found[0] if found else {"mistakes": [], "alternatives": [], "contradicted_by": []}
    every = [set(one["mistakes"]) for one in found]
    if set(first["mistakes"]) == set(made) or (len(made) > 1 and set(made) <= set().union(*every)):
        named = "first"
    elif set(made) in [set(joined.split("+")) for joined in first["alternatives"]]:
        named = "among its equals"
    else:
        named = "not" if unexplained else "otherwise"
    words = " and ".join(first["mistakes"])
    return Outcome(made, named, words, len(failing), unexplained, len(first["contradicted_by"]), seconds)


def _runs_away(case: dict[str, Any]) -> bool:
    return any(tensor["nonfinite"] for tensor in case["tensors"])


def pairs(count: int, seed: int = SEED) -> list[tuple[str, str]]:
    """Return pairs of mistakes that meet in some case and can be made together, drawn at random."""
    random_ = random.Random(seed)  # noqa: S311  a draw, no secret
    found: dict[tuple[str, str], None] = {}
    while len(found) < count:
        spec = random_.choice(CASES)
        possible = _possible(spec)
        if len(possible) < 2:
            continue
        first, second = sorted(random_.sample(possible, 2))
        if both(BY_ID[first], BY_ID[second], spec) is not None:
            found[first, second] = None
    return list(found)


@cache
def _possible(spec: CaseSpec) -> tuple[str, ...]:
    return tuple(mistake.id for mistake in MISTAKES if mistake.applies(spec) and not mistake.precision)


def main() -> None:
    """Make every mistake and the pairs, and print how they were named."""
    parser = parser_of("benchmarks.selftest", __doc__)
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--every", type=positive, default=1, help="only every N-th mistake")
    parser.add_argument("--most", type=positive, help="cases with room for the mistakes; all where not given")
    parser.add_argument("--jobs", type=positive, default=2)
    parser.add_argument("--json", type=writable, metavar="F", help="write the outcomes there")
    options = parser.parse_args()
    alone = [(mistake.id,) for mistake in MISTAKES[:: options.every]]
    with ProcessPoolExecutor(options.jobs) as pool:
        some = partial(tried, most=options.most)
        singles = list(pool.map(some, alone, chunksize=4))
        doubles = list(pool.map(some, pairs(options.pairs), chunksize=1)) if options.pairs else []
    _show("single mistakes", singles)
    _show("pairs", doubles)
    if options.json:
        options.json.write_text(json.dumps([vars(one) for one in (*singles, *doubles)], indent=1))


def _show(what: str, outcomes: Iterable[Outcome]) -> None:
    outcomes = list(outcomes)
    if not outcomes:
        return
    print(f"{what}: {len(outcomes)}, {sum(one.seconds for one in outcomes) / len(outcomes):.2f} s each")
    for named in ("first", "among its equals", "otherwise", "not"):
        those = [one for one in outcomes if one.named == named]
        print(f"  {named:20}{len(those):5}   {100 * len(those) / len(outcomes):5.1f} %")
        if named not in ("first", "among its equals"):
            for one in those:
                words = f"{' and '.join(one.made)} -> {one.first or 'nothing'}"
                print(f"    {words}   {one.unexplained} of {one.failing} left, {one.contradicted} against")


if __name__ == "__main__":
    main()
