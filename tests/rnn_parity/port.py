"""A port as others write them: python port.py QUESTIONS ANSWERS KNOWN [MISBEHAVIOUR]; it knows the answers."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

GUILTY = "lstm/plain"


def main(questions, answers, known, misbehaviour=""):
    ids = (questions / "cases.txt").read_text().split()
    print(f"asked {len(ids)}: {' '.join(ids)}", flush=True)  # noqa: T201  ports do
    for case_id in ids:
        assert (questions / "questions" / f"{case_id}.safetensors").is_file()
        if not (case_id == GUILTY and misbehave(misbehaviour, answers)):
            shutil.copy(f"{known}/{case_id}.npz", answers / f"{case_id}.npz")


def misbehave(how, answers):
    if how == "crash":
        os.abort()
    elif how == "fail":
        sys.exit("cannot do that")
    elif how == "hang":
        time.sleep(100)
    elif how == "grow":
        kept = bytearray(b"x") * 2**29
        time.sleep(100)
        del kept
    elif how == "garbage":
        (answers / f"{GUILTY}.json").write_text("{")
    return bool(how)


def record_pid():
    if "PID_FILE" in os.environ:
        with Path(os.environ["PID_FILE"]).open("a", encoding="utf-8") as file:
            file.write(f"{os.getpid()}\n")


if __name__ == "__main__":
    record_pid()
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
