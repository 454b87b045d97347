"""Which steps of a plan are still to be sent, which are under way, and which may be next."""

from bisect import insort
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice

from bot.approval.request import Progress, Request
from bot.images.removal import Refusal, Refused


class Schedule:
    """The steps *left*, in their order."""

    def __init__(self, left: Sequence[int]) -> None:
        self._left = list(left)
        self._waits: Mapping[int, AbstractSet[int]] = {}
        self._under_way: set[int] = set()

    @property
    def left(self) -> Sequence[int]:
        """The steps that were not begun, or are to be begun again."""
        return self._left

    @property
    def under_way(self) -> AbstractSet[int]:
        """The steps that have begun and have no answer yet."""
        return self._under_way

    def wait(self, waits: Mapping[int, AbstractSet[int]]) -> None:
        """Say which steps must have ended before each that is left."""
        self._waits = waits

    def ready(self, room: int) -> list[int]:
        """Return the steps that may begin now, where at most *room* are to be under way."""
        unfinished = self._under_way.union(self._left)
        ready = (number for number in self._left if unfinished.isdisjoint(self._waits.get(number, ())))
        return list(islice(ready, max(0, room - len(self._under_way))))

    def begin(self, number: int) -> None:
        """Say that a step begins."""
        self._left.remove(number)
        self._under_way.add(number)

    def end(self, number: int, *, again: bool = False) -> None:
        """Say that a step has ended, or that it was not sent and is to begin *again*."""
        self._under_way.remove(number)
        if again:
            insort(self._left, number)


def waiting(request: Request) -> list[int]:
    """Return the steps that were not sent."""
    return [number for number, state in enumerate(request.steps) if state.progress is Progress.WAITING]


def refusals(request: Request) -> Iterator[tuple[int, str]]:
    """Yield the waiting steps that would be refused, and why they are not sent."""
    for number in waiting(request):
        match request.plan.steps[number].outcome:
            case Refused(refusal=Refusal.PROTECTED, message=message):
                yield number, f"{message}."
            case Refused(message=message):
                yield number, f"Docker would refuse it: {message}"
