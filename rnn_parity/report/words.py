"""Values -> short phrases: numbers, places, problems, growth. No layout."""

from __future__ import annotations

import math
from itertools import pairwise

from rnn_parity.compare import TensorDifference
from rnn_parity.locate import FirstDifference
from rnn_parity.tolerance import Tolerance
from rnn_parity.verify import CaseResult

ROUNDING = "TensorFlow's own rounding"
DIRECTIONS = {"fw": "forward", "bw": "backward"}
GATES = ("i", "j", "f", "o", "r", "u")
SUDDEN = 100.0  # an error that becomes this many times larger within one step did not get there by rounding
FASTER, SLOWER = 1.1, 0.9  # a factor a step between these is neither growth nor decay


def times(ratio: float) -> str:
    """Return a multiple of the rounding: `2.13 x`, `84,000 x`, `1.2e+09 x`."""
    if not math.isfinite(ratio):
        return "infinitely many x"
    rounded = float(f"{ratio:.2g}" if ratio >= 1000 else f"{ratio:.3g}")  # noqa: PLR2004  84,000 rather than 83,962
    if rounded >= 1e6:  # noqa: PLR2004  more digits than a reader counts
        return f"{ratio:.1e} x"
    return f"{rounded:,.10g} x"


def pair(expected: float, got: float) -> tuple[str, str]:
    """Return both numbers with as many digits, at least five, as it takes to tell them apart."""
    for digits in range(5, 18):
        words = f"{expected:.{digits}g}", f"{got:.{digits}g}"
        if words[0] != words[1]:
            return words
    return words


def place(first: FirstDifference) -> str:
    """Return where a difference began: `step 0, layer 0, gate j`."""
    tensor = f"gate {first.tensor}" if first.tensor in GATES else first.tensor
    parts = [
        "" if first.step is None else f"step {first.step}",
        "" if first.layer is None else f"layer {first.layer}",
        "" if first.direction in tensor.split("/") else DIRECTIONS.get(first.direction, ""),
        tensor,
    ]
    return ", ".join(part for part in parts if part)


def problem(tensor: TensorDifference) -> str:  # noqa: PLR0911  a sentence for each problem
    """Return what is wrong with a tensor that `values` does not cover: its nesting, form, finiteness or exactness."""
    got, should_be = tensor.detail or ("", "")
    count = f"{tensor.mismatched} of {tensor.size} elements"
    match tensor.problem:
        case "missing":
            return f"{tensor.name}: missing, should be an array of shape {tensor.shape}"
        case "structure":
            hint = ". Make it one with np.asarray" if should_be == "one array" and got.startswith("a list") else ""
            return f"{tensor.name.split('/')[0]} is nested otherwise: got {got}, should be {should_be}{hint}"
        case "shape" | "dtype":
            return f"{tensor.name}: got {tensor.problem} {got}, should be {should_be}"
        case "nonfinite":
            return f"{tensor.name}: {tensor.nonfinite} of {tensor.size} elements are NaN or infinite"
        case "padding":
            return f"{tensor.name} past a row's length: got {tensor.got:g}, should be exactly 0; {count}"
        case "frozen state":
            expected, actual = pair(tensor.expected or 0.0, tensor.got or 0.0)
            return f"{tensor.name} of a row of length 0: got {actual}, should be exactly {expected}; {count}"
        case "values":
            return f"{tensor.name}: {count} differ, {times(tensor.ratio or 0.0)} {ROUNDING}"
        case None:
            return f"{tensor.name}: agrees"


def largest_ratio(result: CaseResult) -> float | None:
    """Return a case's largest error as a multiple of the rounding; None where nothing was compared."""
    tensors = result.comparison.tensors if result.comparison else ()
    return max((tensor.ratio for tensor in tensors if tensor.ratio is not None), default=None)


def likely(result: CaseResult) -> str:
    """Return the ids of the mistakes that reproduce a case's numbers, the first explanation's; '' without any."""
    return " and ".join(result.explanations[0].mistakes) if result.explanations else ""


def growth(result: CaseResult, tolerance: Tolerance) -> str | None:
    """Return how the error of the outputs goes on from step to step, or None where there is nothing to say.

    Steps are counted in the order of computation. The factor a step is the geometric mean over the wrong steps. It is
    called no rounding where the error jumps to SUDDEN times what it, or the rounding, was one step before.
    """
    errors, noise = result.error_by_step, _noise_of_outputs(result)
    wrong = [step for step, error in enumerate(errors) if error > _limit(result, tolerance, noise)]
    if len(errors) < 2 or not wrong or not all(map(math.isfinite, errors)):  # noqa: PLR2004  one step has no course
        return None
    first, last = wrong[0], wrong[-1]
    words = _course(first, last, len(errors)) + _pace(errors[first : last + 1])
    before = max(errors[first - 1] if first else 0.0, noise)
    return f"{words}: not rounding" if errors[first] > SUDDEN * before else words


def _noise_of_outputs(result: CaseResult) -> float:
    tensors = result.comparison.tensors if result.comparison else ()
    return max((tensor.noise for tensor in tensors if tensor.name.startswith("outputs")), default=0.0)


def _limit(result: CaseResult, tolerance: Tolerance, noise: float) -> float:
    if tolerance.rtol is None or tolerance.atol is None:
        return tolerance.factor * noise
    return tolerance.atol + tolerance.rtol * abs(result.first.expected if result.first else 0.0)


def _course(first: int, last: int, steps: int) -> str:
    if first == last:
        return f"wrong at step {first} only"
    if last < steps - 1:
        return f"wrong from step {first} to {last}, right again after"
    return f"right to step {first - 1}, wrong from {first} on" if first else "wrong from step 0 on"


def _pace(errors: tuple[float, ...]) -> str:
    if len(errors) < 3 or not all(errors):  # noqa: PLR2004  two points make any factor
        return ""
    factor = (errors[-1] / errors[0]) ** (1 / (len(errors) - 1))
    if SLOWER <= factor <= FASTER:
        return ", neither growing nor fading"
    steady = all((after > before) == (factor > 1) for before, after in pairwise(errors))
    return f", x{factor:.2f} a step" if steady else f", x{factor:.2f} a step on average"
