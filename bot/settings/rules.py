"""The rules of a file as the policy reads them."""

from collections.abc import Mapping, Sequence

from bot.approval.policy import BreakGlass, Policy, ReasonRule, Rule
from bot.flows.hosts_of import GROUP
from bot.images.glob import Glob, compiled
from bot.images.protection import ANY, Always, Labelled, Newest, Protection, Younger
from bot.settings.tables import File, HostTable, ProtectTable, RuleTable

REQUIRED = "required"
"""A reason has to be given, whichever."""


def policy(file: File) -> Policy:
    """Return the policy of a file. Groups of hosts are written out: it knows hosts alone."""
    glass = file.break_glass
    return Policy(
        rules=tuple(_rule(table, file.hosts) for table in file.rules),
        protections=tuple(_protection(table, file.hosts) for table in file.protect),
        break_glass=BreakGlass(people=glass.people, least=glass.least) if glass else None,
        cool_off=file.cool_off,
        observes=file.mode == "observe",
    )


def needs_restart(before: File, after: File) -> tuple[str, ...]:
    """Return what of a file is read only at the start, and is another now than before."""
    found = []
    if before.slack != after.slack:
        found.append("[slack]")
    if before.http != after.http:
        found.append("[http]")
    if _reached(before.hosts) != _reached(after.hosts):
        found.append("[hosts]")
    if before.audit != after.audit:
        found.append("[audit]")
    if before.mode == "observe" and after.mode == "active":
        found.append("mode")  # the other way it counts at once: the rules forbid everything
    return tuple(found)


def _reached(hosts: Mapping[str, HostTable]) -> Mapping[str, HostTable]:
    """Return the hosts without their groups, which only the rules go by."""
    return {name: table.model_copy(update={"groups": ()}) for name, table in hosts.items()}


def _rule(table: RuleTable, hosts: Mapping[str, HostTable]) -> Rule:
    escalate = table.escalate
    return Rule(
        name=table.name,
        hosts=_hosts(table.hosts, hosts),
        images=_globs(table.images),
        force=table.force,
        bytes_over=table.bytes_over,
        grades=table.grade,
        requesters=table.requesters,
        actions=table.action,
        approvals=table.approvals,
        approvers=table.approvers,
        expires=table.expires,
        reason=_reason(table),
        remind_after=table.remind,
        escalate_after=escalate.after if escalate else None,
        escalate_to=escalate.to if escalate else (),
        undo=table.undo or None,
        canary=table.canary,
    )


def _reason(table: RuleTable) -> ReasonRule | None:
    if table.reason is None:
        return None
    return ReasonRule(pattern="" if table.reason == REQUIRED else table.reason, hint=table.reason_hint)


def _protection(table: ProtectTable, hosts: Mapping[str, HostTable]) -> Protection:
    by: Always | Newest | Younger | Labelled = Always()
    if table.keep_newest:
        by = Newest(count=table.keep_newest)
    elif table.min_age:
        by = Younger(age=table.min_age)
    elif table.labels:
        by = Labelled(labels=table.labels)
    return Protection(name=table.name, patterns=_globs(table.references), hosts=_hosts(table.hosts, hosts), by=by)


def _globs(patterns: Sequence[str]) -> tuple[Glob, ...]:
    return tuple(glob for glob in map(compiled, patterns) if isinstance(glob, Glob))


def _hosts(words: Sequence[str], hosts: Mapping[str, HostTable]) -> tuple[str, ...]:
    """Return the hosts that *words* stand for: every one of a group, and all of them as ``*``."""
    if ANY in words:
        return (ANY,)
    found = (name for name, table in hosts.items() if name in words or {GROUP + g for g in table.groups} & set(words))
    return tuple(found) or tuple(word for word in words if not word.startswith(GROUP))
