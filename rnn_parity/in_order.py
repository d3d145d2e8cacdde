"""Work done by several threads, handed on in the order in which it was given."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import TypeVar

AHEAD = 8  # pieces of work per thread that may be done before an earlier one is: what is kept in memory stays flat

Given = TypeVar("Given")
Done = TypeVar("Done")


def in_order(work: Callable[[Given], Done], given: Iterable[Given], *, jobs: int, stop: Event) -> Iterator[Done]:
    """Yield `work` of each given, in their order, `jobs` at a time.

    However it is left, `stop` is set, which the work has to heed, and no work goes on.
    """
    pool = ThreadPoolExecutor(jobs)
    pending: deque[Future[Done]] = deque()
    try:
        for one in given:
            pending.append(pool.submit(work, one))
            while pending and (len(pending) > AHEAD * jobs or pending[0].done()):
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
