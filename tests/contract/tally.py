"""How many removals were compared, and what came of it: a word of a command is one removal.

Only a comparison counts here; and as equal only after all of it.
"""

from dataclasses import dataclass, field

from bot.images.removal import Plan, Refused, Removed
from tests.contract.words import Way


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was compared on one daemon."""

    compared: dict[Way, int] = field(default_factory=lambda: dict.fromkeys(Way, 0))
    equal: int = 0
    removed: int = 0
    refused: int = 0
    at_most: int = 0

    def compares(self, way: Way, made: Plan) -> None:
        """Count a command that is going to be compared."""
        self.compared[way] += len(made.steps)

    def agrees(self, made: Plan) -> None:
        """Count a command of which everything was as predicted."""
        self.equal += len(made.steps)
        self.removed += sum(isinstance(step.outcome, Removed) for step in made.steps)
        self.refused += sum(isinstance(step.outcome, Refused) for step in made.steps)
        self.at_most += sum(bool(step.doubts) for step in made.steps)

    def adds(self, other: "Tally") -> None:
        """Add what was counted elsewhere."""
        for way, number in other.compared.items():
            self.compared[way] += number
        self.equal += other.equal
        self.removed += other.removed
        self.refused += other.refused
        self.at_most += other.at_most

    @property
    def line(self) -> str:
        """The count in words."""
        ways = ", ".join(f"{number} by {way}" for way, number in self.compared.items())
        return (
            f"{sum(self.compared.values())} removals compared ({ways}), {self.equal} equal:"
            f" {self.removed} removed ({self.at_most} of them 'at most'), {self.refused} refused"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What was compared on one daemon: removals by chance, and those of the named scenarios."""

    daemon: str
    by_chance: Tally = field(default_factory=Tally)
    by_name: Tally = field(default_factory=Tally)

    def adds(self, other: "Score") -> None:
        """Add what was counted on the same kind of daemon by another process."""
        self.by_chance.adds(other.by_chance)
        self.by_name.adds(other.by_name)
