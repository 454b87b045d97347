"""What goes wrong on purpose: a Slack that is busy, that fails, that loses answers and connections, and repeats itself.

All of it happens by chances (0 to 1) drawn from one seed. In one order of calls the same goes wrong each time.
"""

import random
from dataclasses import dataclass, field, fields
from enum import StrEnum

from bot.playground.blocks import Object
from bot.playground.wire import Refusal

COPIES = 4
"""How often one delivery comes at most (bolt-js#2487 tells of four)."""


class Fault(StrEnum):
    """What goes wrong with one call of the Web API or of a response URL."""

    BUSY = "busy"  # 429 with Retry-After, nothing is done
    FAILING = "failing"  # 500, nothing is done
    LOST = "lost"  # it is done, and the answer is a 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """How likely each fault is.

    Of a call: ``busy``, ``failing``, ``lost``. Of a delivery: ``repeated`` (it comes up to four times), ``shuffled``
    (it is held back, so that later ones come before it) and ``cut`` (the connection ends right after it). ``slow`` is
    the longest time in seconds that a call or a delivery is held back, ``retry_after`` what a busy Slack says. Of a
    message with a table: ``tableless``, it is refused, as in a workspace that has no tables yet.
    """

    busy: float = 0.0
    failing: float = 0.0
    lost: float = 0.0
    repeated: float = 0.0
    shuffled: float = 0.0
    cut: float = 0.0
    tableless: float = 0.0
    slow: float = 0.0
    retry_after: int = 1
    seed: int = 0


@dataclass(slots=True)
class Trouble:
    """Draws what goes wrong next, and counts it."""

    chances: Chances = field(default_factory=Chances)
    counts: dict[str, int] = field(default_factory=dict)
    _random: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 -- to be repeated, not secret

    def begin(self, chances: Chances) -> None:
        """Have things go wrong by these chances from now on."""
        self.chances = chances
        self._random = random.Random(chances.seed)  # noqa: S311 -- as above

    def of_call(self) -> Fault | None:
        """Return what goes wrong with the next call."""
        drawn, until = self._random.random(), 0.0
        for fault in Fault:
            until += getattr(self.chances, fault)
            if drawn < until:
                self._count(fault)
                return fault
        return None

    def pause(self) -> float:
        """Return for how many seconds a call is held back."""
        return self._random.uniform(0, self.chances.slow) if self.chances.slow else 0.0

    def copies(self) -> int:
        """Return how often the next delivery comes."""
        if not self._happens("repeated"):
            return 1
        return self._random.randint(2, COPIES)

    def shuffle(self) -> float:
        """Return for how many seconds the next delivery is held back while later ones go."""
        return self.pause() if self._happens("shuffled") else 0.0

    def cuts(self) -> bool:
        """Whether the connection ends right after the next delivery."""
        return self._happens("cut")

    def refuses_tables(self) -> bool:
        """Whether a message with a table is refused."""
        return self._happens("tableless")

    def _happens(self, name: str) -> bool:
        chance = getattr(self.chances, name)
        happens = bool(chance) and self._random.random() < chance
        if happens:
            self._count(name)
        return happens

    def _count(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1


def chances(given: Object) -> Chances:
    """Return the chances that somebody asks for. Raises Refusal for a name that is none, or no such number."""
    known = {each.name for each in fields(Chances)}
    if unknown := sorted(set(given) - known):
        raise Refusal("invalid_arguments", {"unknown": unknown, "known": sorted(known)})
    for name, value in given.items():
        whole = name in {"seed", "retry_after"}
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or value < 0:
            raise Refusal("invalid_arguments", {"invalid": name})
    return Chances(**given)
