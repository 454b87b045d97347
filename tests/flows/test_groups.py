"""Groups: who is in them is read at the click, kept, and every change of it is on record and announced."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.approval.authority import GroupSeen
from bot.approval.notes import GroupMembers
from bot.approval.notice import plain
from bot.approval.policy import Policy, Rule
from bot.approval.request import Person, State
from bot.db.columns import moment
from bot.db.event_codec import load_event
from bot.flows.answers import Sentence
from bot.flows.groups import Groups
from bot.flows.ports import Button
from tests.approval.examples import NOW, OLGA, OMAR
from tests.flows.conftest import Desk

GROUP = "S0OPSLEADS"
SAM = Person(team_id="T0", user_id="U0SAM")
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def groups(desk: Desk) -> Groups:
    """Give one process's view of the groups, with its cache; nobody was read yet."""
    return desk.flows().groups


def changes(desk: Desk) -> list[GroupMembers]:
    """Return the changes of groups that are on record."""
    with desk.store.reading() as reading:
        stored = [event.fields for event in reading.chain() if event.fields.kind == "group-members"]
    events = [load_event(one.kind, one.format, one.body, at=moment(one.at), request_id=None) for one in stored]
    return [event for event in events if isinstance(event, GroupMembers)]


def announced(desk: Desk) -> list[str]:
    """Let the notices be posted, and return what they say."""
    while desk.flows().announce.next():
        pass
    return [plain(notice.parts) for notice in desk.conversation.announced]


def members(groups: Groups) -> set[str] | None:
    """Return who is in the group."""
    seen = groups.seen(GROUP)
    return set(seen.since) if seen else None


def heard(desk: Desk, group_id: str = GROUP) -> None:
    """Deliver Slack's event about a group, and let it be done by another process than the one under test."""
    desk.deliver("group", {"group": group_id})


def test_the_first_reading_is_the_baseline(desk: Desk, groups: Groups) -> None:
    """Who is in a group when it is read first is on record as added and announced, and nothing cools off."""
    assert groups.seen(GROUP) == GroupSeen(seen_at=NOW, since={"U0LEAD": None, "U0LEAD2": None})
    assert changes(desk) == [GroupMembers(at=NOW, group=GROUP, added=("U0LEAD", "U0LEAD2"), removed=())]
    said = "I read S0OPSLEADS for the first time. Who may decide by it: U0LEAD, U0LEAD2."
    assert announced(desk) == [said]


def test_an_answer_is_used_for_half_a_minute(desk: Desk, groups: Groups) -> None:
    """Slack is asked once within thirty seconds, and again after them."""
    for _ in range(3):
        groups.seen(GROUP)
        desk.clock.goes_on(timedelta(seconds=14))
    assert desk.directory.asked == 1
    groups.seen(GROUP)
    assert desk.directory.asked == 2
    assert len(changes(desk)) == 1


def test_an_event_about_the_group_ends_that_at_once(desk: Desk, groups: Groups) -> None:
    """Also in a process that did not get the event: the database says that earlier answers do not count."""
    assert members(groups) == {"U0LEAD", "U0LEAD2"}
    desk.directory.leads = frozenset({"U0LEAD2"})
    assert members(groups) == {"U0LEAD", "U0LEAD2"}
    desk.clock.goes_on(SECOND)
    heard(desk)
    assert members(groups) == {"U0LEAD2"}


def test_the_event_counts_even_where_slack_cannot_be_asked_then(desk: Desk, groups: Groups) -> None:
    """The reading fails, and with it the right: the earlier answer is not used in its place."""
    assert members(groups) == {"U0LEAD", "U0LEAD2"}
    desk.clock.goes_on(SECOND)
    desk.directory.leads = None
    heard(desk)
    assert members(groups) is None
    assert len(changes(desk)) == 1


def test_an_event_about_another_group_reads_nothing(desk: Desk, groups: Groups) -> None:
    """A group that no rule names is nobody's business."""
    members(groups)
    heard(desk, "S0LUNCH")
    assert desk.directory.asked == 1


def test_a_change_is_on_record_and_announced(desk: Desk, groups: Groups) -> None:
    """Who came and who went, once, however it was noticed."""
    members(groups)
    desk.clock.goes_on(HOUR)
    desk.directory.leads = frozenset({"U0LEAD", "U0SAM"})
    groups.all()
    heard(desk)
    assert changes(desk)[1:] == [GroupMembers(at=NOW + HOUR, group=GROUP, added=("U0SAM",), removed=("U0LEAD2",))]
    came = "Added to S0OPSLEADS in Slack: U0SAM. They may decide at once."
    went = "Removed from S0OPSLEADS in Slack: U0LEAD2. They may not decide by it any more."
    assert announced(desk)[1:] == [f"{came} {went}"]


def test_a_group_that_was_empty_at_first_has_a_baseline_too(desk: Desk) -> None:
    """Who comes to a group that was read as empty was added."""
    desk.directory.leads = frozenset()
    groups = desk.flows().groups
    assert members(groups) == set()
    desk.clock.goes_on(HOUR)
    desk.directory.leads = frozenset({"U0SAM"})
    assert groups.seen(GROUP) == GroupSeen(seen_at=NOW + HOUR, since={"U0SAM": NOW + HOUR})


def test_a_change_while_the_bot_was_away_is_noticed(desk: Desk) -> None:
    """The next process holds what Slack says against what the one before it kept."""
    desk.flows().groups.all()
    desk.directory.leads = frozenset({"U0LEAD", "U0LEAD2", "U0SAM"})
    desk.clock.goes_on(HOUR)
    desk.flows().groups.all()
    assert [change.added for change in changes(desk)] == [("U0LEAD", "U0LEAD2"), ("U0SAM",)]


def test_an_answer_that_is_older_than_what_was_heard_does_not_count(desk: Desk, groups: Groups) -> None:
    """Slack's answer from before a removal comes after it: it gives nobody a right, and is not on record."""
    members(groups)
    desk.clock.goes_on(HOUR)
    old, read = desk.directory.leads, desk.directory.group

    def slow(group_id: str) -> frozenset[str] | None:
        desk.directory.group = read  # type: ignore[method-assign] # once only
        desk.clock.goes_on(SECOND)
        desk.directory.leads = frozenset({"U0LEAD"})
        heard(desk)
        assert group_id == GROUP
        return old

    desk.directory.group = slow  # type: ignore[method-assign] # a directory that is slow once
    assert members(groups) == {"U0LEAD"}
    assert [change.removed for change in changes(desk)] == [(), ("U0LEAD2",)]


def test_who_was_added_cools_off(desk: Desk) -> None:
    """Sam may not approve for an hour after he was seen in the group, is told when, and then may."""
    desk.policy = Policy(rules=desk.policy.rules, cool_off=HOUR)
    desk.flows().groups.all()
    request = desk.asked()
    desk.directory.leads = frozenset({"U0LEAD", "U0SAM"})
    desk.clock.goes_on(SECOND)
    refused = desk.press(Button.APPROVE, request, SAM)
    assert isinstance(refused, Sentence)
    assert refused.text.startswith("You were added to S0OPSLEADS at 20")
    assert (NOW + SECOND in refused.parts, NOW + SECOND + HOUR in refused.parts) == (True, True)
    assert "They may decide from 20" in announced(desk)[-1]
    desk.clock.goes_on(HOUR - SECOND)
    assert isinstance(desk.press(Button.REJECT, request, SAM), Sentence)
    desk.clock.goes_on(SECOND)
    desk.press(Button.APPROVE, request, SAM)
    assert desk.request().state is State.APPROVED


def test_who_left_and_came_back_cools_off_again(desk: Desk) -> None:
    """Being a lead before does not help: what counts is since when."""
    desk.policy = Policy(rules=desk.policy.rules, cool_off=HOUR)
    for leads in ({"U0LEAD", "U0LEAD2"}, {"U0LEAD2"}, {"U0LEAD", "U0LEAD2"}):
        desk.directory.leads = frozenset(leads)
        desk.clock.goes_on(SECOND)
        desk.flows().groups.all()
    request = desk.asked()
    assert isinstance(desk.press(Button.APPROVE, request, OLGA), Sentence)
    assert desk.press(Button.APPROVE, request, OMAR) is None


def test_the_basis_says_when_the_group_was_seen(desk: Desk) -> None:
    """Stored with the approval: the group, and when Slack was asked; of a user who is named, no such moment."""
    desk.policy = Policy(rules=(Rule(name="prod", approvals=2, approvers=(GROUP, "U0SAM")),))
    request = desk.asked()
    desk.clock.goes_on(SECOND)
    desk.press(Button.APPROVE, request, OLGA)
    desk.press(Button.APPROVE, request, SAM)
    found = [(approval.basis, approval.seen_at) for approval in desk.request().approvals]
    assert found == [("group S0OPSLEADS", NOW + SECOND), ("user U0SAM", None)]


def test_a_long_list_is_cut(desk: Desk) -> None:
    """A notice names twenty people and counts the rest; the record has them all."""
    desk.directory.leads = frozenset(f"U{number:03}" for number in range(23))
    desk.flows().groups.all()
    assert announced(desk)[0].endswith("U018, U019 and 3 more.")
    assert len(changes(desk)[0].added) == 23


def test_several_who_read_a_group_first_write_it_once(desk: Desk) -> None:
    """Eight at once, each as a process of its own: one baseline, one notice, and everybody sees the same."""
    readers = [desk.flows().groups for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(members, readers))
    assert seen == [{"U0LEAD", "U0LEAD2"}] * 8
    assert len(changes(desk)) == 1
    assert len(announced(desk)) == 1


def test_a_silent_slack_at_the_first_reading_is_no_baseline(desk: Desk) -> None:
    """Where Slack does not tell, nothing is kept, and nobody is counted as removed later."""
    desk.directory.leads = None
    desk.flows().groups.all()
    assert changes(desk) == []
    assert announced(desk) == []


def test_groups_that_are_escalated_to_and_that_ask_are_kept_too(desk: Desk) -> None:
    """Every group that a rule names is read from the start; of one that only asks no notice says that it decides."""
    rule = Rule(name="prod", approvers=("S0AAA", "U0SAM"), escalate_to=("S0BBB",), requesters=("S0CCC", "U0DEV"))
    desk.policy = Policy(rules=(rule,))
    people = {"S0AAA": "U1", "S0BBB": "U2", "S0CCC": "U3"}
    desk.directory.others = {group_id: frozenset({user}) for group_id, user in people.items()}
    desk.flows().groups.all()
    assert [change.group for change in changes(desk)] == ["S0AAA", "S0BBB", "S0CCC"]
    desk.clock.goes_on(SECOND)
    desk.directory.others |= {"S0CCC": frozenset({"U4"})}
    desk.flows().groups.all()
    assert announced(desk)[2:] == [
        "I read S0CCC for the first time. Who is in it: U3.",
        "Added to S0CCC in Slack: U4. Removed from S0CCC in Slack: U3.",
    ]


def test_a_group_that_decides_at_once_cools_off_too(desk: Desk) -> None:
    """Who comes into a group that may remove without an approval needs one until they have been in it for a while."""
    dev = Rule(name="dev", approvals=0, requesters=(GROUP,))
    desk.policy = Policy(rules=(dev, Rule(name="rest", approvers=("U0LEAD",))), cool_off=HOUR)
    desk.type("rm --dry-run nginx", OLGA)  # the baseline
    desk.directory.leads = frozenset({"U0LEAD", "U0LEAD2", "U0SAM"})
    desk.clock.goes_on(timedelta(minutes=1))
    desk.type("rm nginx", SAM)
    assert desk.request(1).state is State.PENDING
    desk.clock.goes_on(HOUR)
    desk.type("rm redis:alpine", SAM)
    assert desk.request(2).state is State.APPROVED
