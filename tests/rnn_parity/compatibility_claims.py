"""What docs/compatibility.json says that a candidate claims, beside what it does claim."""

from __future__ import annotations

import json
from pathlib import Path

FILE = Path(__file__).parents[2] / "docs" / "compatibility.json"
AGREES = "agrees"


def recorded(name, cases=None):
    """Return case -> AGREES or the reason of its refusal, of all cases or of some."""
    measured = json.loads(FILE.read_text())["candidates"][name]
    found = {case: AGREES for ids in measured["agree"].values() for case in ids}
    found |= {case: reason for reason, ids in measured["unsupported"].items() for case in ids}
    return found if cases is None else {case: found[case] for case in cases}


def claims(results):
    """Return the same of the results of a check."""
    return {one.spec.id: AGREES if one.verdict == "agree" else one.reason for one in results}
