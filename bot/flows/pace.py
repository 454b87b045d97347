"""Pace: how fast Slack is written to, and that a busy Slack is left alone until the moment that it named.

Slack takes a message a second in a channel, and more of them in short bursts (docs.slack.dev/apis/web-api/rate-limits).
"""

from datetime import UTC, datetime, timedelta

BURST = 3
"""Messages that may follow each other at once."""
SECOND = timedelta(seconds=1)
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Pace:
    """When one way to people may be used again: after a *pause* for each message, where that is not nothing."""

    def __init__(self, pause: timedelta = SECOND) -> None:
        self._pause = pause
        self._spent_until = LONG_AGO
        self._busy_until = LONG_AGO

    def is_free(self, now: datetime) -> bool:
        """Whether something may be said now."""
        ahead = self._spent_until - now if self._spent_until > now else timedelta(0)
        return now >= self._busy_until and ahead <= self._pause * (BURST - 1)

    def said(self, now: datetime) -> None:
        """Count a message."""
        self._spent_until = max(self._spent_until, now) + self._pause

    def busy(self, until: datetime) -> None:
        """Say that Slack wants to be left alone."""
        self._busy_until = max(self._busy_until, until)
