"""What goes wrong when the bot calls Slack, or another server that speaks as Slack does (``SLACK_API_URL``)."""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache

import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from bot.flows.ports import Undelivered

FAULTS = (SlackApiError, SlackClientError, OSError)
"""What Slack's client raises."""
TOO_MANY = 429
BROKEN = 500
PASSING = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"})
"""Slack's errors that say nothing about what was asked (docs.slack.dev, *Error responses*)."""
UNKNOWN_METHOD = "unknown_method"
"""What a server says that does not have a method."""
NO_ANSWER = "no answer"
WORD = re.compile("[a-z_]+")
"""An error of Slack's. The client has sentences of its own for answers that are none."""

SOON = timedelta(seconds=1)
LATER = timedelta(minutes=10)

UNREACHABLE = frozenset(
    {"cannot_dm_bot", "user_disabled", "user_not_found", "users_not_found", "user_not_visible", "messages_tab_disabled"}
)
"""Slack's errors for a person who cannot be written to: a bot, somebody who left, or who is of another workspace."""

log = structlog.get_logger()


def why(error: Exception) -> str:
    """Return Slack's word for what went wrong, or the name of the failure."""
    return str(error.response.get("error", NO_ANSWER)) if isinstance(error, SlackApiError) else type(error).__name__


def is_refusal(error: Exception) -> bool:
    """Whether Slack answered and says no, now and again: trying it once more would not help."""
    if not isinstance(error, SlackApiError) or why(error) in PASSING or not WORD.fullmatch(why(error)):
        return False
    status: int = error.response.status_code
    return status < BROKEN and status != TOO_MANY


def warn(what: str, error: Exception, **about: str | float) -> None:
    """Log a call that failed. That a server does not have a method at all is logged once."""
    if isinstance(error, SlackApiError) and why(error) == UNKNOWN_METHOD:
        not_there(str(error.response.api_url).rpartition("/")[2])
    else:
        log.warning(what, error=why(error), **about)


@cache
def not_there(method: str) -> None:
    """Log that the server does not have a method; once in a process."""
    log.warning("the server does not have this method, so what needs it is left out", method=method)


def told(answer: SlackResponse, *path: str) -> str:
    """Return a text out of an answer. Raises ``SlackApiError`` where it is not there: the call counts as failed."""
    found: object = answer.data
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    if not isinstance(found, str) or not found:
        raise SlackApiError(f"The answer has no {'.'.join(path)}.", answer)
    return found


def undelivered(error: Exception) -> Undelivered:
    """Return how saying something failed, and log it."""
    said = why(error)
    if not isinstance(error, SlackApiError):
        return Undelivered(why=said, again_in=SOON)
    pause = SOON if said in PASSING or error.response.status_code >= BROKEN else LATER
    headers = {name.lower(): value for name, value in error.response.headers.items()}
    if str(headers.get("retry-after", "")).isdigit():
        pause = timedelta(seconds=int(headers["retry-after"]))
    busy = said == "ratelimited" or error.response.status_code == TOO_MANY
    warn("message not delivered", error, again_in=pause.total_seconds())
    return Undelivered(why=said, again_in=pause, busy=busy, never=said in UNREACHABLE)
