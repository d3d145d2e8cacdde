"""The exit statuses of `python -m tf_reference`, as the help of each command shows its own."""

from __future__ import annotations

from collections.abc import Mapping

NOTHING_FOUND = 5
DRIFTED = 11

ALL = {
    0: "done: nothing would change (export), everything agrees (check), written or shown",
    2: "the call is wrong, TensorFlow is missing or does not fit, or the command refuses: its message says why",
    NOTHING_FOUND: "no RNN cell is found in the file (inspect)",
    10: "fixtures missing, damaged or of an unknown format",
    DRIFTED: "fixtures would change (export without --write) or drifted (check)",
    12: "refused: fixtures are not written where CI is set",
}
EXPORT = {
    0: "nothing would change; with --write: written",
    2: "the call is wrong, TensorFlow is missing or does not fit, or a case cannot be recorded",
    10: ALL[10],
    DRIFTED: "fixtures would change (without --write)",
    12: ALL[12],
}
CHECK = {0: "everything agrees", 2: EXPORT[2], 10: ALL[10], DRIFTED: "fixtures drifted"}
RECORD = {
    0: "written",
    2: "the call is wrong, TensorFlow is missing or does not fit, or a recording cannot be made; nothing is written",
    10: "the fixtures in --out are damaged or of an unknown format",
    12: ALL[12],
}
INSPECT = {
    0: "shown",
    2: "the call is wrong, TensorFlow is missing or does not fit, or the file cannot be read",
    NOTHING_FOUND: "no RNN cell is found in the file; what is in it is shown",
}
IMPORT = {
    0: "written",
    2: "the call is wrong, TensorFlow is missing or does not fit, or the import is refused; nothing is written",
    10: RECORD[10],
    12: ALL[12],
}


def epilog(statuses: Mapping[int, str]) -> str:
    """Return the end of a command's help, which click leaves as it is."""
    lines = (f"  {number:<2}  {words}" for number, words in statuses.items())
    return "\n".join(["\b", "Exit status:", *lines])
