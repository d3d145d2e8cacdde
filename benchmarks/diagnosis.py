"""How fast failures are explained: python -m benchmarks.diagnosis [--rounds N] [--json FILE].

One failing case: every mistake with room for it is tried alone. Whole runs: the catalogue checked with a candidate that
makes one mistake, two of them, or something in every case that no mistake makes, which is the slowest to find out.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable

import numpy as np

from benchmarks.options import parser_of, positive, writable
from rnn_parity import Case, Result, Tolerance
from rnn_parity.candidate import Candidate, load_cases
from rnn_parity.candidates.numpy_impl import run
from rnn_parity.compare import named_arrays
from rnn_parity.diagnose import Failure, diagnose
from rnn_parity.diagnose.beginning import shows_at_once
from rnn_parity.diagnose.search import Probe
from rnn_parity.mistakes import MISTAKES, both
from rnn_parity.mistakes.reproduce import Failing, in_float64
from rnn_parity.structure import Array, map_tree
from rnn_parity.verify import check_case
from rnn_parity.witness import witness_of

BY_ID = {mistake.id: mistake for mistake in MISTAKES}
ONE = ("lstm/dynamic-ragged-state", "gru/dynamic-ragged-state", "bidirectional/square-lstm", "stacked/square-lstm")


def noisy(case: Case) -> Result:
    """Return the right answer with 1e-3 of noise on it."""
    random = np.random.default_rng(7)

    def shaken(array: Array) -> Array:
        return (array + 1e-3 * random.standard_normal(array.shape)).astype(array.dtype)

    result = run(case)
    return Result(map_tree(shaken, result.outputs), map_tree(shaken, result.final_state))


def making(*ids: str) -> Candidate:
    """Return the candidate that makes one mistake, or two, wherever there is room."""
    if len(ids) == 1:
        return BY_ID[ids[0]].run
    first, second = (BY_ID[one] for one in ids)
    return lambda case: (both(first, second, case.spec) or run)(case)


RUNS: dict[str, Candidate] = {
    "forget_bias left out": making("lstm/forget-bias-left-out"),
    "TF32 operands in every case": making("precision/half-operands"),
    "gates i,f,j,o and no forget_bias": making("lstm/gates-read-i-f-j-o", "lstm/forget-bias-left-out"),
    "two parts of one GRU": making("gru/reset-after-product", "gru/update-inverted"),
    "noise in every case": noisy,
}


def main() -> None:
    """Measure and print."""
    parser = parser_of("benchmarks.diagnosis", __doc__)
    parser.add_argument("--rounds", type=positive, default=3)
    parser.add_argument("--json", type=writable, help="write the figures there")
    options = parser.parse_args()
    cases = list(load_cases())
    times = {f"{case_id}, all mistakes alone": alone(cases, case_id) for case_id in ONE}
    times |= {f"{name}, whole catalogue": whole(cases, candidate) for name, candidate in RUNS.items()}
    seconds: dict[str, list[float]] = {name: [] for name in times}
    for _ in range(options.rounds):
        for name, timed in times.items():
            began = time.perf_counter()
            timed()
            seconds[name].append(time.perf_counter() - began)
    print(f"{len(MISTAKES)} mistakes, {len(cases)} cases, one process")
    for name, values in seconds.items():
        print(f"  {name:52}{statistics.median(values):8.2f} s   ({min(values):.2f} to {max(values):.2f})")
    if options.json:
        options.json.write_text(json.dumps(seconds, indent=1))


def alone(cases: list[Case], case_id: str) -> Callable[[], None]:
    """Return what tries every mistake on one case that something unknown made fail."""
    case = next(case for case in cases if case.id == case_id)
    got, _ = named_arrays(case, noisy(case))

    def tried() -> None:
        probe = Probe(Failing(case, in_float64(case), got, case.expectation.oracle64), Tolerance())
        for mistake in MISTAKES:
            if mistake.applies(case.spec):
                probe.ratio(mistake.run, at_once=shows_at_once(mistake.run))

    return tried


def whole(cases: list[Case], candidate: Candidate) -> Callable[[], None]:
    """Return what diagnoses a run over the whole catalogue."""
    judged = [(case, *check_case(case, candidate, Tolerance())) for case in cases]
    failures = [Failure(case, answer) for case, result, answer in judged if result.verdict == "differ" and answer]
    passing = [witness_of(case, None) for case, result, _ in judged if result.verdict == "agree"]

    def diagnosed() -> None:
        diagnose(failures, passing[::3], Tolerance())

    return diagnosed


if __name__ == "__main__":
    main()
