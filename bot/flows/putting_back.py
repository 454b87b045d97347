"""Putting names back: each where it names nothing now, and then the guards go, which never deletes anything."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.approval.undo_events import Undone
from bot.flows.letting_go import keep_by_a_name
from bot.flows.ports import Clock, Daemon, Unreachable
from bot.images.guards import is_guard
from bot.images.ids import ImageId, short
from bot.images.inventory import Inventory
from bot.images.reference import Reference, parse
from bot.images.removal import Refusal, Refused, Removal, Unknown

Name = tuple[str, ImageId]
"""A name in its familiar form, and the image that had it."""


Guard = tuple[ImageId, str]
"""An image, and the name of its guard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotGiven:
    """A name that is not given back, and why where that is to be said."""

    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PuttingBack:
    """Puts back what one request took from a host."""

    daemon: Daemon
    now: Clock
    still_ours: Callable[[], None]
    """Raises where it is another process's by now; asked directly before each thing that is done."""

    def put_back(self, inventory: Inventory, names: Sequence[Name], guards: Sequence[Guard]) -> Undone | None:
        """Give *names* back and take the *guards* away. None where the daemon did not do as told: it is tried again."""
        left: list[str] = []
        for name, image_id in names:
            found = _to_be_given(inventory, name, image_id)
            if isinstance(found, NotGiven):
                left += [found.why] if found.why else []
            elif isinstance(failed := self._tag(image_id, name), Unreachable):
                if isinstance(self.daemon.named(image_id), Unreachable):
                    return None  # it is away; else it was asked, and refused the name
                left.append(f"{name} is not put back: {failed.why}")
        after = self.daemon.inventory()
        if isinstance(after, Unreachable):
            return None
        for image_id, guard in guards:
            told = self._unguard(after, image_id, guard)
            if told is None:
                return None
            left += [told] if told else []
        return Undone(at=self.now(), back=tuple(_back(after, names)), left=(*left, *_digests(after, names)))

    def _tag(self, image_id: ImageId, name: str) -> Unreachable | None:
        self.still_ours()
        return self.daemon.tag(image_id, name)

    def _unguard(self, inventory: Inventory, image_id: ImageId, name: str) -> str | None:
        """Take a guard away from an image that has another name. Returns what is to be said of it; None for later."""
        image = inventory.images.get(image_id)
        if image is None or not is_named(inventory, name, image_id):
            return ""
        told, seen = "", inventory.seen
        self.still_ours()
        if all(map(is_guard, image.references)):
            kept = keep_by_a_name(self.daemon, image_id, name)
            if kept is None:
                return None
            told = f"{short(image_id)} had no name, and is now called {kept}."
        elif self._lost_a_name(seen, image_id):
            return None
        self.still_ours()
        outcome = self.daemon.remove(Removal(word=name, target=name, image_id=image_id, prune=False))
        if isinstance(outcome, Unknown) or (isinstance(outcome, Refused) and outcome.refusal is not Refusal.NOT_FOUND):
            return None
        return told

    def _lost_a_name(self, seen: int, image_id: ImageId) -> bool:
        """Whether an image may have lost a name just now: without another one it would go with its guard."""
        changes = self.daemon.changes(seen)
        if isinstance(changes, Unreachable) or not changes.complete:
            return False  # it does not tell; the inventory was taken a moment ago
        return any(change.action in {"untag", "delete"} and change.image_id == image_id for change in changes.changes)


def is_named(inventory: Inventory, name: str, image_id: ImageId) -> bool:
    """Whether an image is there and has this name, in its familiar form."""
    image = inventory.images.get(image_id)
    return image is not None and any(reference.familiar == name for reference in image.references)


def _to_be_given(inventory: Inventory, name: str, image_id: ImageId) -> Reference | NotGiven:
    """Return the name that is to be given back, or why it is not: it has it, or it cannot or must not be."""
    reference, image = parse(name), inventory.images.get(image_id)
    if not isinstance(reference, Reference) or reference.digest:
        return NotGiven()  # a digest is told of in the end
    if image is None:
        return NotGiven(why=f"{name} is not put back: {short(image_id)} is gone.")
    if reference in image.references:
        return NotGiven()
    other = next((i for i, image in inventory.images.items() if reference in image.references), None)
    return NotGiven(why=f"{name} names {short(other)} by now, and was left to it.") if other else reference


def _back(inventory: Inventory, names: Iterable[Name]) -> Iterator[str]:
    yield from (name for name, image_id in names if is_named(inventory, name, image_id))


def _digests(inventory: Inventory, names: Iterable[Name]) -> Iterator[str]:
    """Yield what is to be said of digests: Docker gives such a name with a pull alone."""
    for name, image_id in names:
        parsed, image = parse(name), inventory.images.get(image_id)
        is_digest = isinstance(parsed, Reference) and parsed.digest is not None and bool(parsed.domain)
        if image is not None and is_digest and parsed not in image.references:
            yield f"{name.partition('@')[0]}@… comes back with its next pull: Docker gives no digest by hand."
