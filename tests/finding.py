"""What a daemon was found to list."""

from collections.abc import Mapping

from bot.flows.ports import Unreachable
from bot.images.listing import BadFilter
from bot.images.selection import Among


def among(found: Among | BadFilter | Unreachable) -> set[str]:
    """Return the IDs of images that were listed; there must have been a list."""
    assert isinstance(found, Mapping), found
    return set(found)
