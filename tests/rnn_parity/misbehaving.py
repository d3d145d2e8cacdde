"""Candidates that answer rightly, but misbehave in one case; each does one thing that some implementation does."""
# ruff: noqa: T201, S607  they print, and start what there is

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from rnn_parity import Result, Unsupported
from rnn_parity.candidates.numpy_impl import run as right

GUILTY = "lstm/plain"


def only_there(misbehave):
    """Return the candidate that misbehaves in one case: what that returns is its answer, where it is any."""

    def run(case):
        return misbehave(right(case)) if case.id == GUILTY else right(case)

    return run


@only_there
def raises(_):
    print("about to raise")
    raise ValueError("bad input")


@only_there
def declines(_):
    raise Unsupported("not this one")


@only_there
def exits(_):
    sys.exit(0)


@only_there
def exits_at_once(_):
    print("my last words")
    os._exit(0)


@only_there
def is_killed(_):
    print("my last words")
    os.kill(os.getpid(), signal.SIGKILL)


@only_there
def reads_from_nowhere(_):
    ctypes.string_at(0)


@only_there
def interrupts_itself(_):
    raise KeyboardInterrupt


@only_there
def hangs(_):
    print("still thinking")
    while True:
        pass


@only_there
def hangs_printing(_):
    while True:
        os.write(1, b"x" * 1000 + b"\n")


@only_there
def allocates_without_end(_):
    kept = []
    while True:
        kept.append(bytearray(b"x" * (1 << 24)))


@only_there
def prints_much(result):
    os.write(2, b"y" * 1_000_000)
    return result


@only_there
def closes_every_file(_):
    os.closerange(3, 1024)
    time.sleep(100)


@only_there
def leaves_a_child(_):
    child = subprocess.Popen(["sleep", "100"])
    Path(os.environ["PID_FILE"]).write_text(str(child.pid))
    os._exit(7)


@only_there
def returns_nothing(_):
    return None


@only_there
def nests_otherwise(result):
    return Result(outputs=[result.outputs], final_state=result.final_state.h)


@only_there
def leaves_out_a_state(result):
    return replace(result, final_state=(None, result.final_state.h))


@only_there
def answers_float64(result):
    return replace(result, outputs=result.outputs.astype(np.float64))


@only_there
def answers_objects(result):
    return replace(result, outputs=result.outputs.astype(object))


@only_there
def answers_what_numpy_cannot_read(result):
    class Tensor:
        def __array__(self, *_, **__):
            raise RuntimeError("on another device")

    return replace(result, outputs=Tensor())


@only_there
def answers_nan(result):
    return replace(result, outputs=result.outputs * np.nan)


@only_there
def traces_badly(result):
    return replace(result, trace=["no mapping"])


@only_there
def is_wrong(result):
    return replace(result, final_state=(result.final_state.h, result.final_state.c))


def waits_with_its_pid(_):
    with Path(os.environ["PID_FILE"]).open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")
    time.sleep(100)


not_callable = 3
