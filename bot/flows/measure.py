"""Measuring what a request freed: the bytes of all layers before its first step, and after its last."""

from bot.flows.ports import Daemon


def freed(daemon: Daemon, before: int | None) -> int | None:
    """Return how many bytes less the layers take than *before*; None where that is not told, or where it is more."""
    if before is None:
        return None
    after = daemon.used()
    return None if after is None or after > before else before - after
