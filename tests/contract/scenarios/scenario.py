"""What a scenario is, and the words that it is written in."""

from dataclasses import dataclass

from bot.images.inventory import ContainerState
from tests.contract.making import Contained, Loaded, Pushed, World
from tests.contract.words import Command, Form, Word
from tests.worlds import BUSYBOX


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A world and what is typed."""

    world: World
    commands: tuple[Command, ...]


def names(*words: str, force: bool = False, prune: bool = True) -> Command:
    """Return a removal of names as typed."""
    return Command(words=tuple(Word(of=word) for word in words), force=force, prune=prune)


def by(form: Form, *labels: str, force: bool = False, prune: bool = True, digits: int = 12) -> Command:
    """Return a removal of images by ID or digest."""
    words = tuple(Word(of=label, form=form, digits=digits) for label in labels)
    return Command(words=words, force=force, prune=prune)


ONE = (Loaded(tags=("alpha:1",), layers=("a", "b")),)
RUNNABLE = Loaded(tags=("alpha:1",), layers=(BUSYBOX, "a"))
STOPPED = (RUNNABLE, Contained(image="alpha:1", name="job"))
RUNNING = (RUNNABLE, Contained(image="alpha:1", name="web", state=ContainerState.RUNNING))
PUSHED = (Loaded(tags=("alpha:1",)), Pushed(image="alpha:1", name="t/al:1"))
