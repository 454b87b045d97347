"""Pulling an image by its digest: one call whose answer comes in pieces, and may say in any of them that it failed."""

from collections.abc import Callable

from docker import APIClient
from docker.errors import APIError

from bot.dockerd import asking
from bot.dockerd.faults import REFUSALS, body, cut, message_of, sentence
from bot.dockerd.hosts import Endpoint
from bot.images.reference import Reference
from bot.images.removal import Refusal, Refused, Unknown


def pull(client: APIClient, source: Reference, alive: Callable[[], None]) -> Refused | None:
    """Pull *source* (``name@digest``); return in the daemon's words why that failed, None where it did not.

    *alive* is called with each piece of the answer. There may be any time between the first and the last, but no more
    than an answer may take between two. Raises what ``faults.FAULTS`` names, where it is not known what came of it.
    """
    for piece in asking.pull(client, source.repository, source.digest or ""):
        alive()
        if error := piece.get("error"):
            return Refused(refusal=Refusal.FAILED, message=str(error).strip(), answer=cut(str(piece)))
    return None


def refused(error: Exception) -> Refused | None:
    """Return how the daemon refused a pull; None where it did not answer, or not as Docker does.

    Unlike with a removal, a 500 is an answer too: it is how a daemon tells that a registry could not be reached or said
    no. Nothing is named by a pull that failed.
    """
    if not isinstance(error, APIError):
        return None
    refusal = REFUSALS.get(error.status_code or 0, Refusal.FAILED)
    return Refused(refusal=refusal, message=message_of(error), answer=cut(body(error)))


def unknown(error: Exception, host: str, endpoint: Endpoint) -> Unknown:
    """Return that nobody knows what came of a pull that raised *error*."""
    return Unknown(message=f"{sentence(error, host, endpoint)} What came of the pull is not known.")
