"""A policy written out: everything it says counts in its digest, and in the lines that tell of a change."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.approval.conditions import Action
from bot.approval.policy import BreakGlass, Policy, ReasonRule, Rule
from bot.approval.written import canonical, differences, lines, policy_digest
from bot.images.grades import Grade
from bot.images.protection import Always, Labelled, Newest, Protection, Younger
from tests.images.test_protection import pattern

RULE = Rule(name="prod", hosts=("web-1",), approvers=("S0LEADS",))
KEEP = Protection(name="base", patterns=(pattern("postgres:*"),))
POLICY = Policy(rules=(RULE, Rule(name="rest", approvals=0)), protections=(KEEP,))

HOUR = timedelta(hours=1)
OF_RULES = [
    replace(RULE, name="other"),
    replace(RULE, hosts=("web-2",)),
    replace(RULE, images=(pattern("a"),)),
    replace(RULE, force=True),
    replace(RULE, force=False),
    replace(RULE, bytes_over=5),
    replace(RULE, grades=(Grade.ONLY_COPY,)),
    replace(RULE, requesters=("U0DEV",)),
    replace(RULE, approvals=2),
    replace(RULE, approvals=0),
    replace(RULE, approvals=None),
    replace(RULE, approvers=("S0OTHERS",)),
    replace(RULE, expires=HOUR),
    replace(RULE, reason=ReasonRule()),
    replace(RULE, reason=ReasonRule(pattern="OPS")),
    replace(RULE, reason=ReasonRule(hint="a ticket")),
    replace(RULE, remind_after=HOUR),
    replace(RULE, undo=HOUR),
    replace(RULE, undo=2 * HOUR),
    replace(RULE, escalate_after=HOUR, escalate_to=("S0BOSSES",)),
    replace(RULE, escalate_after=HOUR, escalate_to=("S0OTHERS",)),
    replace(RULE, actions=(Action.RESTORE,)),
    replace(RULE, actions=(Action.REMOVE,)),
]
OF_PROTECTIONS = [
    replace(KEEP, name="other"),
    replace(KEEP, patterns=(pattern("redis:*"),)),
    replace(KEEP, hosts=("web-2",)),
    *(replace(KEEP, by=by) for by in (Newest(count=1), Newest(count=2), Younger(age=HOUR), Labelled(labels=("keep",)))),
]
CHANGED = [
    *(replace(POLICY, rules=(rule, *POLICY.rules[1:])) for rule in OF_RULES),
    *(replace(POLICY, protections=(rule,)) for rule in OF_PROTECTIONS),
    replace(POLICY, rules=POLICY.rules[::-1]),
    replace(POLICY, rules=POLICY.rules[:1]),
    replace(POLICY, protections=()),
    replace(POLICY, cool_off=HOUR),
    replace(POLICY, observes=True),
    replace(POLICY, break_glass=BreakGlass(people=("U0OLGA",))),
    replace(POLICY, break_glass=BreakGlass(people=("U0OLGA",), least=30)),
]


def test_every_change_has_a_digest_of_its_own() -> None:
    """No two of these policies are taken for the same."""
    assert len({policy_digest(policy) for policy in (POLICY, *CHANGED)}) == len(CHANGED) + 1


@pytest.mark.parametrize("changed", CHANGED)
def test_every_change_is_told_in_words(changed: Policy) -> None:
    """There and back: what the one adds the other takes away."""
    there, back = differences(POLICY, changed), differences(changed, POLICY)
    assert there
    assert [line[0] for line in there].count("+") == [line[0] for line in back].count("-")
    assert differences(changed, changed) == ()


def test_the_lines_are_for_people() -> None:
    """A line a rule."""
    rule = replace(RULE, reason=ReasonRule(pattern="OPS-[0-9]+", hint="a ticket"), remind_after=HOUR)
    assert lines(replace(POLICY, rules=(rule,))) == (
        'rule "prod": hosts web-1; 1 of S0LEADS; for 4h; with a reason like OPS-[0-9]+ (a ticket); reminded after 1h',
        'protection "base": hosts *; postgres:*',
    )
    assert KEEP.by == Always()


def test_a_changed_line_is_taken_away_and_added() -> None:
    """What stays the same is not told."""
    assert differences(POLICY, CHANGED[8]) == (
        '- rule "prod": hosts web-1; 1 of S0LEADS; for 4h',
        '+ rule "prod": hosts web-1; 2 of S0LEADS; for 4h',
    )


def test_the_digest_never_changes_by_itself() -> None:
    """It is on record: a new version of the bot must not tell of a change that nobody made."""
    assert policy_digest(POLICY) == "f9a64e50551de327954d2ba3c00fb9428e752e3e727417f22ae9ab5162dead20"


def test_a_policy_from_before_there_were_actions_keeps_its_digest() -> None:
    """Otherwise every policy would be on record as changed by the first start of a newer version."""
    assert b"actions" not in canonical(POLICY)
    assert policy_digest(POLICY) == "f9a64e50551de327954d2ba3c00fb9428e752e3e727417f22ae9ab5162dead20"
