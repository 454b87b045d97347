"""Lists whose filters only the daemon can answer. What it answers chooses images, and nothing is predicted from it."""

from dataclasses import replace

from bot.flows.ports import Daemon, Unreachable
from bot.images.inventory import Inventory, Store
from bot.images.listing import BadFilter
from bot.images.selection import Listing

TIMES = frozenset({"before", "since"})
"""Filters that Docker compares by nanoseconds, of which its lists tell the seconds."""
ASKED = {Store.CLASSIC: TIMES, Store.CONTAINERD: TIMES | {"until"}, Store.PODMAN: frozenset[str]()}
"""What the daemon is asked for, by its store: ``until`` is of the record to the containerd store, of the image to the
classic one, which knows it only since Docker 25 and is not needed for it."""


def chosen(daemon: Daemon, inventory: Inventory, listing: Listing) -> Listing | BadFilter | Unreachable:
    """Return *listing* with the images that the daemon finds in place of the filters that only it can answer."""
    asked = tuple(each for each in listing.filters if each[0] in ASKED[inventory.store])
    if not asked:
        return listing
    found = daemon.listed(asked)
    if isinstance(found, BadFilter | Unreachable):
        return found
    return replace(listing, filters=tuple(each for each in listing.filters if each not in asked), among=found)
