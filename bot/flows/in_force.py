"""The policy that is in force: read by every flow, replaced as a whole, and each change on record before it counts."""

from bot.approval.notes import PolicyChanged
from bot.approval.notice import Notice
from bot.approval.policy import Policy
from bot.approval.written import differences, lines, policy_digest
from bot.db.store import Store
from bot.flows.ports import Clock

NAMED = 20
"""Lines of a change that a notice has; the record has them all."""


class InForce:
    """The policy that counts now: called, it returns it. May be used by several threads."""

    def __init__(self, store: Store, now: Clock, policy: Policy) -> None:
        self._store = store
        self._now = now
        self._policy = policy

    def __call__(self) -> Policy:
        """Return the policy that counts now."""
        return self._policy

    def begin(self) -> None:
        """Write what counts from the start, where it is something else than what counted last."""
        self._write(self._policy, lines(self._policy))

    def replace(self, policy: Policy) -> tuple[str, ...]:
        """Let *policy* count from now on, and return how it differs. What cannot be written does not count."""
        changes = differences(self._policy, policy)
        self._write(policy, changes)
        self._policy = policy
        return changes

    def _write(self, policy: Policy, changes: tuple[str, ...]) -> None:
        """Write a change, once: another process of the bot may have written it already."""
        digest = policy_digest(policy)
        with self._store.transaction() as tx:
            last = tx.last_policy()
            before = last.digest if last else ""
            if before == digest:
                return
            at = self._now()
            tx.note(PolicyChanged(at=at, digest=digest, before=before, changes=changes))
            if before:
                tx.announce(rules_changed(changes), at)


def rules_changed(changes: tuple[str, ...]) -> Notice:
    """Return what the audit channel is told of a change: its first lines."""
    more = f"\n… and {len(changes) - NAMED} more" if len(changes) > NAMED else ""
    return Notice(kind="policy", parts=("Other rules count from now on:\n" + "\n".join(changes[:NAMED]) + more,))
