"""Names that are not to be removed, whoever asks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.images.glob import Glob
from bot.images.reference import Reference
from bot.images.removal import Refusal, Refused
from bot.images.resolve import Aimed, Identified, Meaning, Named
from bot.images.stores import going_with
from bot.images.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """A rule that keeps the references that its patterns match, read as the filter ``reference`` of ``ls`` reads them.

    A pattern is held against the familiar form and the full one, with and without the tag or the digest.
    """

    name: str
    patterns: tuple[Glob, ...]

    def covers(self, reference: Reference) -> bool:
        """Whether the rule keeps *reference*."""
        names = (reference.familiar, reference.familiar_repository, reference.canonical, reference.repository)
        return any(pattern.matches(name) for pattern in self.patterns for name in names)


def protected(world: World, meaning: Meaning, rules: Sequence[Protection]) -> Refused | None:
    """Return that the word is not to be carried out, where one of the references that it would untag is kept."""
    for reference in _going(world, meaning) if rules else ():
        for rule in rules:
            if rule.covers(reference):
                message = f'{reference.familiar} is protected by rule "{rule.name}"'
                return Refused(refusal=Refusal.PROTECTED, message=message)
    return None


def protecting(references: Iterable[Reference], rules: Sequence[Protection]) -> tuple[str, ...]:
    """Return the names of the rules that keep any of these references."""
    every = list(references)
    return tuple(rule.name for rule in rules if any(map(rule.covers, every)))


def _going(world: World, meaning: Meaning) -> list[Reference]:
    """Return the references that go with a word where Docker does not refuse it."""
    match meaning:
        case Identified(image_id=image_id):
            return world.ordered(image_id)
        case Named(image_id=image_id, held=named) | Aimed(image_id=image_id, typed=named):
            return going_with(world, image_id, named)
    return []
