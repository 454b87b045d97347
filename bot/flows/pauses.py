"""How long to wait before something that failed is tried again."""

from datetime import timedelta

LONGEST_PAUSE = timedelta(minutes=10)


def pause(attempts: int) -> timedelta:
    """Return a pause that doubles with each attempt, from one second."""
    return min(timedelta(seconds=2 ** min(attempts, 10)), LONGEST_PAUSE)
