"""Letting go of what is kept: its guard is removed by name, and the content goes, unless something else has come.

Without force Docker itself sees to that: by a name an image with another one only loses it, and one that a container
uses is refused. Then the image gets an ordinary name in place of its guard, so that nothing is kept that nobody sees.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.flows.ports import Daemon, Unreachable
from bot.images.guards import is_guard, is_guard_name, kept_name
from bot.images.ids import ChainId, ImageId, short
from bot.images.inventory import Image, Inventory
from bot.images.layers import deleted_images
from bot.images.reference import Reference, parse
from bot.images.removal import (
    DeletedImage,
    DeletedLayer,
    Record,
    Refusal,
    Refused,
    Removal,
    Removed,
    Step,
    Unknown,
    Untagged,
)
from bot.images.undoable import reclaimed


@dataclass(frozen=True, slots=True, kw_only=True)
class LetGo:
    """What came of a guard; ``found`` where that was not the daemon's answer to us, or content stays."""

    outcome: Removed
    found: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LettingGo:
    """Removes guards from a host that was as in *inventory* a moment ago.

    Only images in *going* may be deleted: the plan that was approved says that these go.
    """

    daemon: Daemon
    inventory: Inventory
    still_ours: Callable[[], None]
    """Raises where it is another process's by now; asked directly before each thing that is done."""
    going: frozenset[ImageId]

    def let_go(self, planned: Step, name: str, *, may_delete: bool, sent: bool) -> LetGo | None:
        """Remove the guard called *name*. Returns None where what came of it is not known; then it is *sent*.

        Where no step of its request took anything of the image, it must not be deleted: it loses its guard alone.
        """
        image_id = planned.removal.image_id
        image = self.inventory.images.get(image_id) if image_id else None
        if image_id is None or image is None:
            return self._gone(planned, sent=sent)
        if not any(reference.familiar == name for reference in image.references):
            return LetGo(outcome=Removed(records=()), found=f"The guard was gone. {self._why_it_stays(image)}")
        if not may_delete:
            return self._kept(image, name, "nothing of it was removed")
        now = reclaimed(self.inventory, planned, _tag(name))
        if isinstance(now.outcome, Refused):
            return self._kept(image, name, _plain(now.outcome.message))
        beyond = set(deleted_images([now.outcome])) - self.going
        if image_id in beyond:
            return self._kept(image, name, "its plan says so, and what else named it is gone")
        removal = replace(planned.removal, word=name, target=name, prune=planned.removal.prune and not beyond)
        self.still_ours()
        return self._answered(image, planned, name, self.daemon.remove(removal))

    def _answered(self, image: Image, planned: Step, name: str, outcome: Removed | Refused | Unknown) -> LetGo | None:
        match outcome:
            case Unknown() | Refused(refusal=Refusal.NOT_FOUND | Refusal.FAILED):
                return None  # whether it is gone, the next look tells
            case Refused(message=message):
                return self._kept(image, name, _plain(message))
            case Removed(records=records):
                sizes = {**_planned_sizes(planned), **self.inventory.layer_bytes}
                bare = replace(outcome, records=tuple(_sized(each, sizes) for each in _without_guards(records)))
                deleted = any(isinstance(record, DeletedImage) for record in records)
                return LetGo(outcome=bare, found="" if deleted else self._why_it_stays(image))

    def _kept(self, image: Image, name: str, why: str) -> LetGo | None:
        """Take a guard away and keep the content, which must not go."""
        told = f"{short(image.id)} stays: {why}."
        self.still_ours()
        if all(map(is_guard, image.references)):
            kept = keep_by_a_name(self.daemon, image.id, name)
            if kept is None:
                return None
            told += f" It is now called {kept}."
            self.still_ours()
        outcome = self.daemon.remove(Removal(word=name, target=name, image_id=image.id, prune=False))
        if isinstance(outcome, Removed):
            return LetGo(outcome=replace(outcome, records=_without_guards(outcome.records)), found=told)
        return None

    def _gone(self, planned: Step, *, sent: bool) -> LetGo:
        """Tell what became of an image that is not there: by our call where one was sent, and else by nobody of us."""
        if not sent:
            return LetGo(outcome=Removed(records=()), found="It was gone before its time was over, not through me.")
        held = {chain for image in self.inventory.images.values() for chain in image.layers}
        records = planned.outcome.records if isinstance(planned.outcome, Removed) else ()
        went = [record for record in _without_guards(records) if self._is_gone(record, held)]
        found = "Found gone on the host, after the daemon's answer was lost."
        return LetGo(outcome=Removed(records=tuple(went)), found=found)

    def _is_gone(self, record: Record, held: set[ChainId]) -> bool:
        if isinstance(record, DeletedLayer):
            return record.chain_id not in held
        return record.image_id not in self.inventory.images

    def _why_it_stays(self, image: Image) -> str:
        names = [reference.familiar for reference in image.references if not is_guard(reference)]
        also = f"it is also {names[0]}" if names else "something else holds it"
        return f"{short(image.id)} stays: {also}{f' and {len(names) - 1} more' if len(names) > 1 else ''}."


def keep_by_a_name(daemon: Daemon, image_id: ImageId, guard: str) -> str | None:
    """Give an image an ordinary name in place of its guard, and return it. None where that could not be."""
    name = kept_name(image_id, _tag(guard))
    return None if isinstance(daemon.tag(image_id, name), Unreachable) or daemon.named(name) != image_id else name


def _planned_sizes(planned: Step) -> dict[ChainId, int]:
    """Return what was known when it was planned: this process may never have measured the layers."""
    records = planned.outcome.records if isinstance(planned.outcome, Removed) else ()
    return {r.chain_id: r.bytes for r in records if isinstance(r, DeletedLayer) and r.bytes is not None}


def _sized(record: Record, sizes: Mapping[ChainId, int]) -> Record:
    """Return a record with the size of its layer: Docker names layers and never says how large."""
    return replace(record, bytes=sizes.get(record.chain_id)) if isinstance(record, DeletedLayer) else record


def _tag(guard: str) -> str:
    parsed = parse(guard)
    return (parsed.tag or "") if isinstance(parsed, Reference) else ""


def _without_guards(records: tuple[Record, ...]) -> tuple[Record, ...]:
    return tuple(r for r in records if not (isinstance(r, Untagged) and is_guard_name(r.reference)))


def _plain(message: str) -> str:
    """Return Docker's message without what it says of the guard's name."""
    return message.rpartition(" - ")[2]
