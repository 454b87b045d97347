"""When the windows end in which removals can be undone: the guards on a host do not say it, the record does."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime

from bot.approval.request import Request, RequestId
from bot.db.store import Store
from bot.images.guards import guards_in, label, request_of
from bot.images.inventory import Inventory
from bot.images.reference import Reference

Windows = Callable[[Collection[Reference]], Mapping[str, datetime]]
"""Tells when the windows end that guards stand for, as far as it is known, by the tags of these."""


def unknown(_: Collection[Reference]) -> Mapping[str, datetime]:
    """Tell of none: there is no record at hand."""
    return {}


def windows_of(store: Store) -> Windows:
    """Return what looks windows up in the record. Those of another bot's requests are not known there."""

    def ends(guards: Collection[Reference]) -> Mapping[str, datetime]:
        numbers = {number for each in guards if (number := request_of(each)) is not None}
        with store.reading() as reading:
            found = [reading.request(RequestId(number)) for number in sorted(numbers)]
        return {label(each.id, each.digest): until for each in found if each and (until := _end(each))}

    return ends


def dated(inventory: Inventory, windows: Windows) -> Inventory:
    """Return *inventory* with the ends of the windows that its guards stand for."""
    guards = guards_in(inventory)
    return replace(inventory, windows=windows(guards)) if guards else inventory


def _end(request: Request) -> datetime | None:
    return request.undo.until if request.undo else None
