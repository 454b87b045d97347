"""Lists whose filters only the daemon can answer: it is asked for those, and for nothing else."""

from dataclasses import replace

import pytest

from bot.flows.choosing import chosen
from bot.flows.ports import Unreachable
from bot.images.inventory import Inventory, Store
from bot.images.listing import BadFilter, Filters
from bot.images.selection import Among, Listing
from tests.flows.fakes import FakeDaemon

BEFORE, SINCE, UNTIL, LABEL = ("before", "redis:7"), ("since", "redis:7"), ("until", "24h"), ("label", "team")


class Asked(FakeDaemon):
    """A daemon that writes down what it is asked to list."""

    def __init__(self) -> None:
        super().__init__()
        self.filters: list[Filters] = []

    def listed(self, filters: Filters) -> Among | BadFilter | Unreachable:
        """Write it down, and answer."""
        self.filters.append(filters)
        return super().listed(filters)


def held(daemon: FakeDaemon, store: Store) -> Inventory:
    """Return what the daemon holds, as if in another store."""
    return replace(daemon.world.inventory, store=store)


@pytest.mark.parametrize(
    ("store", "filters", "asked"),
    [
        (Store.CLASSIC, (LABEL, UNTIL), ()),
        (Store.CLASSIC, (LABEL, BEFORE, UNTIL, SINCE), (BEFORE, SINCE)),
        (Store.CONTAINERD, (LABEL,), ()),
        (Store.CONTAINERD, (LABEL, UNTIL, BEFORE), (UNTIL, BEFORE)),
        (Store.PODMAN, (BEFORE, UNTIL), ()),
    ],
)
def test_the_daemon_answers_what_only_it_can(store: Store, filters: Filters, asked: Filters) -> None:
    """Its answer stands in place of those filters, the others are left."""
    daemon = Asked()
    listing = chosen(daemon, held(daemon, store), Listing(pattern="redis", filters=filters))
    assert daemon.filters == ([asked] if asked else [])
    assert isinstance(listing, Listing)
    assert listing.filters == tuple(each for each in filters if each not in asked)
    assert listing.pattern == "redis"
    expected = FakeDaemon().listed(asked) if asked else None
    assert listing.among == expected


def test_what_the_daemon_refuses_is_refused() -> None:
    """In its own words."""
    daemon = Asked()
    found = chosen(daemon, held(daemon, Store.CLASSIC), Listing(filters=(("before", "nosuch"),)))
    assert found == BadFilter(message="No such image: nosuch:latest")


def test_a_daemon_that_falls_silent_is_named() -> None:
    """There is no list then."""
    daemon = Asked()
    inventory = held(daemon, Store.CLASSIC)
    daemon.reachable = False
    assert chosen(daemon, inventory, Listing(filters=(BEFORE,))) == Unreachable(
        host="web-3", why="web-3 did not answer."
    )
