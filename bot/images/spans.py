"""Spans of time as people write them: ``90s``, ``30m``, ``4h``, ``7d``."""

import re
from datetime import timedelta

_SPAN = re.compile(r"([1-9][0-9]{0,5})([smhd])", re.ASCII)
_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def span(text: str) -> timedelta | None:
    """Return the span that *text* tells; None where it tells none."""
    match = _SPAN.fullmatch(text)
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]]) if match else None


def span_text(span: timedelta) -> str:
    """Return *span*, whole seconds, in the largest unit that says it whole; one day and a half is ``36h``."""
    seconds = round(span.total_seconds())
    unit = next(unit for unit, size in _SECONDS.items() if seconds % size == 0)
    return f"{seconds // _SECONDS[unit]}{unit}" if seconds else "0s"
