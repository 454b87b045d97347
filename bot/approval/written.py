"""A policy written out: once for its digest, and once in lines that people read."""

import difflib
import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import assert_never

import rfc8785

from bot.approval.policy import Policy, ReasonRule, Rule
from bot.images.protection import Always, Labelled, Newest, Protection, Younger
from bot.images.spans import span_text

FORMAT = 1
_Written = dict[str, "str | int | bool | list[str] | dict[str, str] | None"]


def canonical(policy: Policy) -> bytes:
    """Return everything that *policy* says in the canonical JSON of RFC 8785."""
    glass = policy.break_glass
    return rfc8785.dumps(
        {
            "format": FORMAT,
            "rules": [_rule(rule) for rule in policy.rules],
            "protections": [_protection(rule) for rule in policy.protections],
            "break_glass": {"people": list(glass.people), "least": glass.least} if glass else None,
            "cool_off": _seconds(policy.cool_off),
            "observes": policy.observes,
        }
    )


def policy_digest(policy: Policy) -> str:
    """Return the SHA-256 of ``canonical(policy)``, as 64 lowercase hexadecimal digits."""
    return hashlib.sha256(canonical(policy)).hexdigest()


def _rule(rule: Rule) -> _Written:
    undo: _Written = {"undo": _seconds(rule.undo)} if rule.undo else {}  # policies without it keep their digest
    canary: _Written = {"canary": rule.canary} if rule.canary else {}  # likewise
    written: _Written = (
        undo
        | canary
        | {
            "name": rule.name,
            "hosts": list(rule.hosts),
            "images": [glob.text for glob in rule.images],
            "force": rule.force,
            "bytes_over": rule.bytes_over,
            "grades": [grade.value for grade in rule.grades],
            "requesters": list(rule.requesters),
            "approvals": rule.approvals,
            "approvers": list(rule.approvers),
            "expires": _seconds(rule.expires),
            "reason": {"pattern": rule.reason.pattern, "hint": rule.reason.hint} if rule.reason else None,
            "remind_after": _seconds(rule.remind_after),
            "escalate_after": _seconds(rule.escalate_after),
            "escalate_to": list(rule.escalate_to),
        }
    )
    return written | {"actions": [action.value for action in rule.actions]} if rule.actions else written


def _protection(rule: Protection) -> _Written:
    written: _Written = {"name": rule.name, "patterns": [glob.text for glob in rule.patterns]}
    return written | {"hosts": list(rule.hosts)} | _by(rule)


def _by(rule: Protection) -> _Written:
    match rule.by:
        case Always():
            return {}
        case Newest(count=count):
            return {"keep_newest": count}
        case Younger(age=age):
            return {"min_age": _seconds(age)}
        case Labelled(labels=labels):
            return {"labels": list(labels)}
        case _:
            assert_never(rule.by)


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else round(span.total_seconds())


def lines(policy: Policy) -> tuple[str, ...]:
    """Return *policy* in lines for people: a line a rule, in their order."""
    return tuple(_lines(policy))


def _lines(policy: Policy) -> Iterator[str]:
    if policy.observes:
        yield "observes: nothing can be removed"
    for rule in policy.rules:
        yield f'rule "{rule.name}": {"; ".join((*conditions_text(rule), *_outcome(rule)))}'
    for protection in policy.protections:
        yield f'protection "{protection.name}": {"; ".join(_kept(protection))}'
    if policy.break_glass:
        least, people = policy.break_glass.least, ", ".join(policy.break_glass.people)
        yield f"break-glass: {people}, with a reason of {least} characters"
    if policy.cool_off:
        yield f"cool-off of new members of a group: {span_text(policy.cool_off)}"


def conditions_text(rule: Rule) -> Iterator[str]:
    """Yield what *rule* is about."""
    yield f"hosts {', '.join(rule.hosts)}"
    if rule.actions:
        yield f"to {' or '.join(rule.actions)}"
    if rule.images:
        yield f"images {', '.join(glob.text for glob in rule.images)}"
    if rule.force is not None:
        yield "with --force" if rule.force else "without --force"
    if rule.bytes_over is not None:
        yield f"over {rule.bytes_over} bytes"
    if rule.grades:
        yield " or ".join(rule.grades)
    if rule.requesters:
        yield f"asked by {', '.join(rule.requesters)}"


def _outcome(rule: Rule) -> Iterator[str]:
    if rule.approvals is None:
        yield "forbidden"
        return
    yield f"{rule.approvals} of {', '.join(rule.approvers) or 'nobody'}" if rule.approvals else "allowed at once"
    yield f"for {span_text(rule.expires)}"
    if rule.reason:
        yield _reason(rule.reason)
    if rule.remind_after:
        yield f"reminded after {span_text(rule.remind_after)}"
    if rule.escalate_after:
        yield f"after {span_text(rule.escalate_after)} also {', '.join(rule.escalate_to)}"
    if rule.undo:
        yield f"can be undone for {span_text(rule.undo)}"
    if rule.canary:
        yield f"of several hosts {rule.canary} first, then the rest"


def _reason(reason: ReasonRule) -> str:
    hint = f" ({reason.hint})" if reason.hint else ""
    return f"with a reason like {reason.pattern}{hint}" if reason.pattern else f"with a reason{hint}"


def _kept(rule: Protection) -> Iterator[str]:
    yield f"hosts {', '.join(rule.hosts)}"
    if rule.patterns:
        yield ", ".join(glob.text for glob in rule.patterns)
    match rule.by:
        case Always():
            return
        case Newest(count=count):
            yield f"the {count} newest of each repository"
        case Younger(age=age):
            yield f"younger than {span_text(age)}"
        case Labelled(labels=labels):
            yield f"labelled {' or '.join(labels)}"
        case _:
            assert_never(rule.by)


def differences(before: Policy, after: Policy) -> tuple[str, ...]:
    """Return the lines that one policy has and the other has not, with ``-`` and ``+``: order counts."""
    found = difflib.unified_diff(lines(before), lines(after), n=0, lineterm="")
    told = (line for line in found if not line.startswith(("---", "+++", "@@")))
    return tuple(f"{line[0]} {line[1:]}" for line in told)
