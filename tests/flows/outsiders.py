"""A daemon to which others come: what they do is told with its time, and may be forgotten."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.flows.ports import Changes, Unreachable
from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Image, Inventory
from bot.images.leaving import Told
from bot.images.reference import Reference, parse, with_default_tag
from bot.images.removal import DeletedImage, Removal, Removed, Untagged
from bot.playground.world import World, meant
from tests.flows.fakes import Clock, FakeDaemon

COUNTED = 1000
TICK = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SharedDaemon(FakeDaemon):
    """A daemon with the images of the playground, whose clock is the tests'; somebody else works on it too."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.said: list[Told] = []
        self.daemon_id = "the daemon's own"
        self.while_looking: Callable[[], None] = lambda: None

    def inventory(self, *, kept: bool = False) -> Inventory | Unreachable:
        """Return what the daemon holds, and see to what happens just then."""
        found = super().inventory(kept=kept)
        self.while_looking()
        if isinstance(found, Unreachable):
            return found
        return replace(found, daemon_id=self.daemon_id, seen=self._seen(found.seen))

    def changes(self, since: int) -> Changes | Unreachable:
        """Return what happened since, of what the bot's own steps and new tags made it tell."""
        found = super().changes(since % COUNTED)
        return found if isinstance(found, Unreachable) else replace(found, seen=self._seen(found.seen))

    def _seen(self, count: int) -> int:
        """Return the time, with the number of what has happened in the digits that it has not."""
        return self._nanoseconds(self._clock()) + count

    def listen(self, since: int, tell: Callable[[Told], None]) -> int | Unreachable:
        """Tell all that it remembers of the time from *since* on; a clock that stands still has no nanoseconds."""
        if not self.reachable:
            return self._silent()
        for told in self.said:
            if self._nanoseconds(told.at) >= since:
                tell(told)
        return self._nanoseconds(self._clock())

    def image(self, name: str) -> Image:
        """Return the image of this name."""
        found = meant(self.world, name)
        assert isinstance(found, Image)
        return found

    def rmi(self, *words: str, force: bool = False) -> None:
        """Remove images by hand, the way ``docker rmi`` does."""
        for word in words:
            outcome = self._removed(Removal(word=word, target=word, image_id=None, force=force))
            assert isinstance(outcome, Removed), outcome
            self.say(outcome)

    def say(self, outcome: Removed) -> None:
        """Tell what the classic store tells of a removal by name."""
        self._clock.goes_on(TICK)
        untagged = [record.image_id for record in outcome.records if isinstance(record, Untagged)][:1]
        deleted = [record.image_id for record in outcome.records if isinstance(record, DeletedImage)]
        self.said += [Told(at=self._clock(), action="untag", image_id=i, name=i) for i in untagged]
        self.said += [Told(at=self._clock(), action="delete", image_id=i, name=i) for i in deleted]

    def forget(self) -> None:
        """Forget all that was told, as after a restart."""
        self.said.clear()

    def hold(self, names: Iterable[str]) -> tuple[ImageId, ...]:
        """Bring images of one layer each by these names, or by none where one is empty. Returns their IDs."""
        made = tuple(self._made(number, name) for number, name in enumerate(names))
        images = {**self.world.inventory.images, **{image.id: image for image in made}}
        self.world = World(
            inventory=replace(self.world.inventory, images=images),
            made_of={**self.world.made_of, **{image.id: () for image in made}},
        )
        return tuple(image.id for image in made)

    def drop(self, image_ids: Iterable[ImageId], *, every: timedelta = timedelta(0)) -> None:
        """Take images away, one after the other, as a prune does."""
        for image_id in image_ids:
            images = {i: image for i, image in self.world.inventory.images.items() if i != image_id}
            self.world = replace(self.world, inventory=replace(self.world.inventory, images=images))
            self._clock.goes_on(TICK)
            self.said.append(Told(at=self._clock(), action="delete", image_id=image_id, name=image_id))
            self._clock.goes_on(every)

    def _made(self, number: int, name: str) -> Image:
        reference = parse(name) if name else None
        layer = ChainId(f"sha256:{number:060x}abcd")
        return Image(
            id=ImageId(f"sha256:{number:060x}beef"),
            references=(with_default_tag(reference),) if isinstance(reference, Reference) else (),
            layers=(layer,),
            size=1000,
        )

    def _nanoseconds(self, at: datetime) -> int:
        return (at - EPOCH) // timedelta(microseconds=1) * 1000
