"""Who may ask for what, and what approval it needs. Read top to bottom: the first rule that matches decides."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.approval.conditions import Conditions, is_group
from bot.approval.request import Needs
from bot.images.protection import Protection
from bot.images.spans import span_text

Policies = Callable[[], "Policy"]
"""The policy that counts now: it may be replaced while the bot runs, and then counts for everything at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonRule:
    """A reason has to be given, and ``pattern`` to be found in it (``re.search``); any will do where that is empty.

    ``hint`` says what is meant, such as ``a ticket: OPS-123``.
    """

    pattern: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Conditions):
    """For plans that meet its conditions: how many approvals, by whom, and for how long a request is good.

    ``approvals`` is 0 where a plan is allowed at once and None where it is forbidden. ``approvers`` and ``escalate_to``
    are user IDs (``U…``, ``W…``) and user group IDs (``S…``). Without ``reason`` none has to be given. Without ``undo``
    content goes at once; with it, it stays that long after the names went. Where several hosts are asked for at once,
    ``canary`` of them are carried out before the rest; 0 is all at once.
    """

    name: str
    approvals: int | None = 1
    approvers: tuple[str, ...] = ()
    expires: timedelta = timedelta(hours=4)
    reason: ReasonRule | None = None
    remind_after: timedelta | None = None
    escalate_after: timedelta | None = None
    escalate_to: tuple[str, ...] = ()
    undo: timedelta | None = None
    canary: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlass:
    """Who may have a plan carried out without an approval, by user ID, and how many characters the reason has."""

    people: tuple[str, ...]
    least: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules, in order, and the names that are kept whatever is asked for.

    Whoever was added to a group of approvers less than ``cool_off`` ago may not decide yet. Where it ``observes``,
    nothing can be removed whatever the rules say.
    """

    rules: tuple[Rule, ...]
    protections: tuple[Protection, ...] = ()
    break_glass: BreakGlass | None = None
    cool_off: timedelta = timedelta(0)
    observes: bool = False

    @property
    def approvers(self) -> frozenset[str]:
        """Everybody and every group that may decide by any rule, at once or after a while."""
        return frozenset(approver for rule in self.rules for approver in (*rule.approvers, *rule.escalate_to))

    @property
    def by_grade(self) -> bool:
        """Whether any rule goes by how images can be had back."""
        return any(rule.grades for rule in self.rules)

    @property
    def deciding_groups(self) -> frozenset[str]:
        """The user groups whose members may decide, at once or after a while."""
        return frozenset(filter(is_group, self.approvers))

    @property
    def groups(self) -> frozenset[str]:
        """Every user group that any rule names, those whose requests a rule is about too."""
        requesters = (each for rule in self.rules for each in rule.requesters)
        return self.deciding_groups | frozenset(filter(is_group, requesters))


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The plan may be carried out at once, where its reason is as the rule wants it. ``canary`` is as in ``Rule``."""

    needs: Needs
    expires: timedelta
    reason: ReasonRule | None = None
    canary: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsApproval:
    """The plan may be carried out once enough people have approved it. ``canary`` is as in ``Rule``."""

    needs: Needs
    expires: timedelta
    reason: ReasonRule | None = None
    canary: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbidden:
    """The plan may not be carried out, whoever asks. ``for_now`` where that is only because Slack did not answer."""

    why: str
    for_now: bool = False


Verdict = Allowed | NeedsApproval | Forbidden


def reason_wanted(ruling: Verdict, reason: str) -> str:
    """Return what reason the rule asks for where *reason* is none such, as a sentence; nothing where it will do."""
    rule = None if isinstance(ruling, Forbidden) else ruling.reason
    if rule is None or (reason.strip() and re.search(rule.pattern, reason)):
        return ""
    hint = f": {rule.hint}" if rule.hint else ""
    if not reason.strip():
        return f"The rule asks for a reason{hint}."
    return f"The rule asks for another reason{hint or ': ' + rule.pattern}."


def changed(needs: Needs, ruling: Verdict) -> tuple[str, ...]:
    """Return how the rules now ask for something else than *needs*, which they asked for before."""
    match ruling:
        case Forbidden(why=why):
            return (f"+ {why}",)
        case Allowed(needs=now) | NeedsApproval(needs=now) if _essence(now) != _essence(needs):
            return (f'- rule "{needs.rule}": {_asked(needs)}', f'+ rule "{now.rule}": {_asked(now)}')
    return ()


def _essence(needs: Needs) -> tuple[str, int, frozenset[str], frozenset[str], timedelta | None]:
    """Return what approvals rest on: when people are reminded is no part of it."""
    return needs.rule, needs.count, frozenset(needs.approvers), frozenset(needs.escalate_to), needs.undo


def _asked(needs: Needs) -> str:
    undo = f", undo for {span_text(needs.undo)}" if needs.undo else ""
    return f"{needs.count} of {', '.join(needs.approvers) or 'nobody'}{undo}"
