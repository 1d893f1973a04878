"""Several requests under way at once, their answers in order.

Sequential requests to a server that answers in 300 ms use two thirds of the allowed rate. Only a few
results are held ahead, so memory stays flat however long the list. Which requests, and how fast, does
not belong here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def overlapped(fetch: Callable[[A], B], items: Iterable[A], in_flight: int) -> Iterator[B]:
    """``fetch`` of each item in the order of ``items``, at most ``in_flight`` at once.

    The first failure is raised in its place and nothing further is begun.
    """
    waiting = iter(items)
    with ThreadPoolExecutor(max_workers=in_flight) as pool:
        begun: deque[Future[B]] = deque(pool.submit(fetch, item) for item in islice(waiting, in_flight))
        try:
            while begun:
                result = begun.popleft().result()
                begun.extend(pool.submit(fetch, item) for item in islice(waiting, 1))
                yield result
        finally:
            for future in begun:
                future.cancel()
