"""A tag that another client moved in the moment of the call: found in what the daemon tells, and given back.

Between the last look and the call a tag can be given to another image, which then loses it to our removal. The daemon's
answer does not show that; its events name the image that lost a name.
"""

from dataclasses import dataclass, replace

from bot.flows.ports import Changes, Daemon, Unreachable
from bot.images.ids import ImageId, short
from bot.images.removal import DeletedImage, Removal, Removed, Untagged

NAMED = frozenset({"tag", "load", "import"})
UNTAG = "untag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Strayed:
    """What an answer came to: its records with the image that really lost the name, and a sentence about it."""

    outcome: Removed
    why: str


def strayed(daemon: Daemon, removal: Removal, outcome: Removed, seen: int) -> Strayed | None:
    """Return whose name it was, if not that of the image which was approved, and give the name back where it can be.

    The host was as planned until *seen*. None also where the daemon does not tell what happened since.
    """
    changes = daemon.changes(seen)
    if isinstance(changes, Unreachable) or not changes.complete or _lost_one(changes, removal.image_id):
        return None
    name = removal.target or removal.word
    loser = _loser(changes, name)
    if loser is None:
        return Strayed(outcome=outcome, why=f"{name} was another image's by the time of the call; which, is not known.")
    told = f"{name} had been given to {short(loser)} by the time of the call, and that image lost it."
    return Strayed(outcome=_of(outcome, loser), why=f"{told} {_given_back(daemon, outcome, loser, name)}")


def _lost_one(changes: Changes, image_id: ImageId | None) -> bool:
    return any(change.action == UNTAG and change.image_id == image_id for change in changes.changes)


def _loser(changes: Changes, name: str) -> ImageId | None:
    """Return the image that lost the name: that of which it is told, or the only one that can have had it."""
    lost = {change.image_id for change in changes.changes if change.action == UNTAG and change.name == name}
    given = {change.image_id for change in changes.changes if change.action in NAMED}
    found = lost or given
    return next(iter(found)) if len(found) == 1 else None


def _of(outcome: Removed, loser: ImageId) -> Removed:
    """Return the records with the image that lost the name."""
    return replace(
        outcome,
        records=tuple(
            Untagged(reference=record.reference, image_id=loser) if isinstance(record, Untagged) else record
            for record in outcome.records
        ),
    )


def _given_back(daemon: Daemon, outcome: Removed, loser: ImageId, name: str) -> str:
    """Give the name back, unless somebody else has used it already or the image is gone with it."""
    if any(isinstance(record, DeletedImage) and record.image_id == loser for record in outcome.records):
        return "The image was deleted with it."
    if daemon.named(name) is not None:
        return "The name was given away again since."
    if isinstance(failed := daemon.tag(loser, name), Unreachable):
        return f"I could not give it back: {failed.why}"
    return "I gave it back."
