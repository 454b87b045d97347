"""What may go wrong with a call, as sentences and as outcomes."""

from collections.abc import Iterator, Mapping

import requests
from docker.errors import APIError, DockerException

from bot.dockerd.hosts import Endpoint
from bot.images.removal import Refusal, Refused, Unknown

FAULTS = (DockerException, requests.RequestException, OSError, ValueError, KeyError, TypeError, AttributeError)
"""What a call may raise: docker-py's own, a lost connection, and an answer that is not JSON or not the API's shape."""

REFUSALS: Mapping[int, Refusal] = {400: Refusal.INVALID, 404: Refusal.NOT_FOUND, 409: Refusal.CONFLICT}
"""Statuses by which a daemon says that it did nothing. 500 is none of them: it also comes when layers could not be
removed after the image was (moby, ``daemon/images/image_delete.go``)."""
BAD_PATTERN = "syntax error in pattern"
"""What Go says of a pattern that makes no sense (``path.ErrBadPattern``)."""
LONGEST = 65_536
"""Characters of an answer that are kept: some eight hundred records."""
HALF_DONE = "unrecognized image ID"
"""The 404 of a daemon that had removed the name already when another client removed the image (moby,
``daemon/internal/image/store.go``)."""


def sentence(error: Exception, host: str, endpoint: Endpoint) -> str:
    """Return why *host* could not be asked, as a sentence that names the host and the way to it."""
    chain = list(_chain(error))
    if any(isinstance(link, TimeoutError | requests.Timeout) for link in chain):
        return f"{host} did not answer at {endpoint.url} within {endpoint.timeout.total_seconds():g} s."
    if isinstance(error, APIError):
        return f"{host} answered at {endpoint.url} with an error: {message_of(error).rstrip('.')}."
    if isinstance(error, DockerException):
        return f"{host} cannot be used at {endpoint.url}: {str(error).rstrip('.')}."
    if isinstance(error, OSError) and not isinstance(error, ValueError | requests.TooManyRedirects):
        return f"{host} cannot be reached at {endpoint.url}: {_innermost(chain)}."
    return f"{host} answered at {endpoint.url}, but not as Docker does."


def of_removal(error: Exception, host: str, endpoint: Endpoint) -> Refused | Unknown:
    """Return what is known of a removal that raised *error*: that nothing was done, or else nothing."""
    if isinstance(error, APIError):
        message = message_of(error)
        refusal = REFUSALS.get(error.status_code or 0)
        if refusal is not None and HALF_DONE not in message:
            return Refused(refusal=refusal, message=message)
        return Unknown(message=f"Docker on {host} failed in the middle of it: {message.rstrip('.')}.")
    return Unknown(message=f"{sentence(error, host, endpoint)} What came of the removal is not known.")


def body(error: Exception) -> str:
    """Return the text that the daemon answered with where it refused or failed; empty where it answered nothing."""
    answer = error.response if isinstance(error, APIError) else None
    return "" if answer is None else answer.content.decode(errors="replace")


def cut(answer: str) -> str:
    """Return an answer as it is kept: a longer one up to a point, with its length."""
    if len(answer) <= LONGEST:
        return answer
    return f"{answer[:LONGEST]}\N{HORIZONTAL ELLIPSIS} ({len(answer)} characters)"


def bad_filter(error: APIError) -> str | None:
    """Return how the daemon refuses a filter, in its own words; None where it failed in another way.

    A pattern that makes no sense is a 500 to it.
    """
    message = message_of(error)
    refused = error.status_code in (400, 404) or BAD_PATTERN in message
    return message if refused else None


def message_of(error: APIError) -> str:
    """Return the daemon's own words, without what docker-py puts around them."""
    return str(error.explanation or error).strip()


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield *error* and what it wraps, outermost first: requests and docker-py wrap a reason several times over."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _innermost(chain: list[BaseException]) -> str:
    """Return the reason in one line, without ``[Errno …]``."""
    innermost = chain[-1]
    text = innermost.strerror if isinstance(innermost, OSError) and innermost.strerror else str(innermost)
    return (text.splitlines() or [type(innermost).__name__])[0].rstrip(".")
