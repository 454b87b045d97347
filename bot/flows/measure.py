"""Measuring what a request freed: the bytes of all layers before its first step, and after its last."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bot.flows.ports import Daemon

T = TypeVar("T")


def beside(daemon: Daemon, work: Callable[[], T]) -> tuple[T, int | None]:
    """Do *work* that looks at the host, and meanwhile ask what its layers take: the containerd store adds up for long.

    Nothing is removed by then, so it does not matter which of the two is earlier; what others do in between is seen
    afterwards.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"measure-{daemon.host}") as pool:
        used = pool.submit(daemon.used)
        done = work()
        return done, used.result()


def freed(daemon: Daemon, before: int | None) -> int | None:
    """Return how many bytes less the layers take than *before*; None where that is not told, or where it is more."""
    if before is None:
        return None
    after = daemon.used()
    return None if after is None or after > before else before - after
