"""Whether a host is still as it was planned for: what its daemon tells of our own steps, and what of others."""

from collections import Counter
from collections.abc import Set as AbstractSet

from bot.flows.ports import Change, Changes, Daemon, Unreachable
from bot.images.inventory import Inventory, Store
from bot.images.removal import DeletedImage, Removed, Step, Untagged

UNTAG, DELETE = "untag", "delete"


def told(step: Step, store: Store) -> Counter[Change]:
    """Return the events that a step makes the daemon tell, where it does as planned.

    The containerd store tells of each name that goes. So does the classic store where the image is removed by its ID;
    by a name it tells of that one alone, and not of the digests that go along. Layers go without an event.
    """
    if not isinstance(step.outcome, Removed):
        return Counter()
    untagged = [record for record in step.outcome.records if isinstance(record, Untagged)]
    by_name = step.removal.target != step.removal.image_id
    if store is not Store.CONTAINERD and by_name:
        untagged = untagged[:1]
    deleted = [record for record in step.outcome.records if isinstance(record, DeletedImage)]
    return Counter(
        [
            *(Change(action=UNTAG, image_id=record.image_id) for record in untagged),
            *(Change(action=DELETE, image_id=record.image_id) for record in deleted),
        ]
    )


class Outlook:
    """How a host looked at the last look, and what our own steps make its daemon tell since.

    ``seen`` is the moment of the last look, by the daemon's clock. It ``is_stale`` where the host may look otherwise
    by now, through others. ``tells`` is whether the daemon could say what happened: a proxy may keep that back, and a
    daemon remembers its last events only.
    """

    def __init__(self, daemon: Daemon, store: Store) -> None:
        self._daemon = daemon
        self._store = store
        self._to_come: dict[int, Counter[Change]] = {}
        self.seen = 0
        self.is_stale = True
        self.tells = True

    def taken(self, inventory: Inventory) -> None:
        """Go by *inventory*, which was taken while none of our steps was under way."""
        self._to_come = {}
        self.seen = inventory.seen
        self.is_stale = False

    def ask(self) -> None:
        """Ask whether the daemon can say what happened since the last look: one that was restarted cannot."""
        changes = self._daemon.changes(self.seen)
        self.tells = not isinstance(changes, Unreachable) and changes.complete

    def begun(self, number: int, step: Step) -> None:
        """Expect the events of a step that is about to be sent."""
        self._to_come[number] = told(step, self._store)

    def look(self, under_way: AbstractSet[int]) -> None:
        """Ask the daemon what happened since the last look, which is stale where that was not only our own doing.

        *under_way* are the steps without an answer. Of all others everything is told: a daemon tells before it answers.
        """
        under_way = frozenset(under_way)
        changes = self._daemon.changes(self.seen)
        self.tells = not isinstance(changes, Unreachable) and changes.complete
        if isinstance(changes, Unreachable) or not self._explain(changes, under_way):
            self.is_stale = True
        else:
            self.seen = changes.seen

    def _explain(self, changes: Changes, under_way: AbstractSet[int]) -> bool:
        """Return whether *changes* are all of our own steps, and nothing is missing in them."""
        left = Counter(changes.changes)
        for number, expected in list(self._to_come.items()):
            came = expected & left
            left -= came
            if number in under_way:
                self._to_come[number] = expected - came
            else:
                del self._to_come[number]
        return changes.complete and not left
