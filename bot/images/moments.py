"""Points in time as Docker's ``until`` filter takes them (moby, ``api/types/time/timestamp.go``)."""

import re
from datetime import UTC, datetime

_DURATION = re.compile(r"(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+", re.ASCII)
_PART = re.compile(r"(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)", re.ASCII)
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_UNIX = re.compile(r"\d+(?:\.\d{1,9})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d(?::\d\d(?::\d\d(?:\.\d{1,9})?)?)?)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)


def moment(text: str, now: float) -> float | None:
    """Return the moment that *text* tells, in seconds since 1970; None where it tells none.

    It is a duration back from *now* such as ``24h`` or ``1h30m``, seconds since 1970, or a date with or without a time
    and a zone; without a zone it is UTC.
    """
    if _DURATION.fullmatch(text):
        return now - sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    if _UNIX.fullmatch(text):
        return float(text)
    if not _DATE.fullmatch(text):
        return None
    try:
        told = datetime.fromisoformat(text)
    except ValueError:  # the 30th of February
        return None
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()
