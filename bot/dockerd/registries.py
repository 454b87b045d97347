"""Whether a registry has an image: the daemon asks it, by ``GET /distribution/{name}/json``, and this reads its answer.

Measured with a registry on loopback on Docker 20.10, 26.1 and 28.5, on both stores, each the same: 404 ``manifest
unknown`` where the registry has no such manifest or no such repository; 500 ``no basic auth credentials`` where it
wants some, and 401 ``unauthorized`` where it wants others; 500 with Go's words where it cannot be reached; nothing at
all where it takes the connection and is silent.
"""

import re

from docker import APIClient
from docker.auth import get_config_header, resolve_index_name
from docker.errors import APIError

from bot.dockerd import asking
from bot.dockerd.faults import FAULTS
from bot.images.grading import Answer, Has, HasNot, Silent
from bot.images.reference import HUB, Reference

WITHIN = 5.0
"""Seconds that one answer may take; planning does not wait for it as long."""
_UNKNOWN = re.compile(r"\b(manifest|name) unknown\b", re.IGNORECASE)
"""What a registry says that has no such image (``MANIFEST_UNKNOWN`` and ``NAME_UNKNOWN`` of the distribution
specification). Another 404 may be a proxy's, or a daemon's that does not know the call."""
_NEAR_ENOUGH = 120


def answered(client: APIClient, reference: Reference) -> Answer:
    """Return whether the registry of *reference* has the manifest with its digest."""
    registry = reference.domain or HUB
    try:
        told = asking.distribution(client, reference.familiar, _credentials(client, registry), within=WITHIN)
        digest = told["Descriptor"]["digest"]
    except APIError as error:
        return _denied(error, registry)
    except FAULTS as error:
        return Silent(why=f"{registry} could not be asked: {_last_words(str(error))}")
    return Has() if digest == reference.digest else Silent(why=f"{registry} answered for another digest")


def _credentials(client: APIClient, registry: str) -> str | None:
    """Return the ``X-Registry-Auth`` that the bot's own Docker configuration has for a registry."""
    found: bytes | None = get_config_header(client, resolve_index_name(registry))
    return None if found is None else found.decode()


def _denied(error: APIError, registry: str) -> HasNot | Silent:
    words = str(error.explanation or error)
    if error.status_code == 404 and _UNKNOWN.search(words):  # noqa: PLR2004 -- Not Found
        return HasNot(why=f"{registry} does not have it")
    return Silent(why=f"{registry} does not say: {_last_words(words)}")


def _last_words(words: str) -> str:
    """Return the reason at the end of a chain of Go's errors, without its full stop."""
    return words.strip().rpartition(": ")[2][:_NEAR_ENOUGH].rstrip(".")
