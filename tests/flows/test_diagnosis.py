"""What doctor says of each fact: how bad it is, and how to mend it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.approval.policy import Policy, Rule
from bot.flows.diagnosis import Finding, Level, diagnosis, lines, worst
from bot.flows.facts import ChannelSeen, DatabaseSeen, Facts, GroupSeen, HostSeen, PersonSeen, SlackSeen, Trial
from bot.images.inventory import Store

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SCOPES = frozenset({"chat:write", "commands"})
HOST = HostSeen(
    host="web-3",
    version="28.5.2",
    api="1.51",
    store=Store.CLASSIC,
    skew=timedelta(seconds=1),
    trials=(Trial(call="DELETE /images/NAME", needed="to remove"), Trial(call="make", refused="status 403")),
)
SLACK = SlackSeen(
    team="Acme",
    team_id="T0",
    bot="@imgbot",
    scopes=SCOPES,
    channels=(ChannelSeen(key="approvals_channel", id="C0"), ChannelSeen(key="audit_channel", id="C1")),
    groups=(GroupSeen(id="S0", handle="leads", name="Leads", members=frozenset({"U1", "U2"})),),
    people={"U1": PersonSeen(name="Olga"), "U2": PersonSeen(name="Omar")},
)
DATABASE = DatabaseSeen(
    name="The database sqlite:///imgbot.db",
    events=12,
    began_at=NOW - timedelta(days=9),
    verified_at=NOW - timedelta(hours=3),
    commanded_at=NOW - timedelta(minutes=4),
    free=50_000_000_000,
)
WELL = Facts(
    now=NOW,
    policy=Policy(rules=(Rule(name="all", approvers=("S0",)),)),
    wanted=SCOPES,
    slack=SLACK,
    hosts=(HOST,),
    database=DATABASE,
)


def _bad(facts: Facts) -> tuple[Finding, ...]:
    return tuple(finding for finding in diagnosis(facts) if finding.level is not Level.OK)


def test_where_all_is_well_nothing_is_to_be_mended() -> None:
    """Every part is told of all the same."""
    found = diagnosis(WELL)
    assert worst(found) is Level.OK
    assert all(not finding.mend for finding in found)
    abouts = [
        "database",
        "record",
        "disk",
        "Slack",
        "scopes",
        "command",
        "channels",
        "groups",
        "approvers",
        "host web-3",
    ]
    assert list(dict.fromkeys(finding.about for finding in found)) == abouts
    assert "verified 3h ago" in str(found)
    assert "command 4m ago" in str(found)


def _slack(**changes: object) -> Facts:
    return replace(WELL, slack=replace(SLACK, **changes))  # type: ignore[arg-type]  # fields by name


def _database(**changes: object) -> Facts:
    return replace(WELL, database=replace(DATABASE, **changes))  # type: ignore[arg-type]  # likewise


def _host(**changes: object) -> Facts:
    return replace(WELL, hosts=(replace(HOST, **changes),))  # type: ignore[arg-type]  # likewise


def _group(**changes: object) -> Facts:
    return _slack(groups=(replace(SLACK.groups[0], **changes),))  # type: ignore[arg-type]  # likewise


def _rule(**changes: object) -> Facts:
    return replace(WELL, policy=Policy(rules=(replace(WELL.policy.rules[0], **changes),)))  # type: ignore[arg-type]  # likewise


CASES: dict[str, tuple[Facts, Level, str, str]] = {
    "bad token": (_slack(error="Slack says invalid_auth"), Level.FAILURE, "Slack says invalid_auth", "xoxb-"),
    "no way": (_slack(way_error="Slack says not_allowed_token_type"), Level.FAILURE, "Socket Mode cannot", "xapp-"),
    "no secret": (_slack(way="HTTP mode", way_error="not set"), Level.FAILURE, "HTTP mode cannot", "Signing Secret"),
    "scope lacks": (_slack(scopes=frozenset({"commands"})), Level.FAILURE, "lacks chat:write", "imgbot manifest"),
    "scope more": (_slack(scopes=SCOPES | {"admin"}), Level.WARNING, "more than it needs: admin", "imgbot manifest"),
    "scopes untold": (_slack(scopes=None), Level.WARNING, "does not tell which scopes", "imgbot manifest"),
    "no command": (_database(commanded_at=None), Level.WARNING, "No command of late", "/img help"),
    "not in channel": (
        _slack(channels=(ChannelSeen(key="approvals_channel", id="C0", error="not_in_channel"),)),
        Level.FAILURE,
        "no approvals_channel C0, or the bot is not in it",
        "/invite",
    ),
    "no audit channel": (
        _slack(channels=(ChannelSeen(key="audit_channel", id="", error="unset"),)),
        Level.WARNING,
        "audit_channel is not set",
        "Set it",
    ),
    "archived": (
        _slack(channels=(ChannelSeen(key="approvals_channel", id="C0", error="is_archived"),)),
        Level.FAILURE,
        "Slack says is_archived",
        "Choose another",
    ),
    "free plan": (
        _group(error="plan_upgrade_required", members=None),
        Level.FAILURE,
        "plan_upgrade_required",
        "name users (U…)",
    ),
    "no group": (_group(error="no_such_subteam", members=frozenset()), Level.FAILURE, "There is no user group", "S…"),
    "empty group": (_group(members=frozenset()), Level.FAILURE, "Nobody is in", "Add people"),
    "disabled group": (_group(disabled=True), Level.FAILURE, "is disabled", "Enable it"),
    "too few": (_rule(approvals=3), Level.FAILURE, "3 approvals are needed, and 2 people may decide", "Name more"),
    "just enough": (_rule(approvals=2), Level.WARNING, "exactly 2 people may decide: none of them can ask", "one more"),
    "only requester": (
        _rule(approvers=("U1",), requesters=("U1",)),
        Level.FAILURE,
        "would have to approve their own request",
        "nobody approves their own",
    ),
    "left": (
        _slack(people={"U1": PersonSeen(name="Olga"), "U2": PersonSeen(name="Omar", unfit="Deactivated.")}),
        Level.WARNING,
        "Omar (U2) may not decide: Deactivated.",
        "Name somebody else",
    ),
    "all left": (
        _slack(people={"U1": PersonSeen(name="O", unfit="No."), "U2": PersonSeen(name="O", unfit="No.")}),
        Level.FAILURE,
        "nobody may decide",
        "Name more",
    ),
    "no rule": (replace(WELL, policy=Policy(rules=())), Level.FAILURE, "There is no rule", "docs/policy.md"),
    "host away": (_host(why="web-3 cannot be reached."), Level.FAILURE, "cannot be reached", "docker -H"),
    "podman": (_host(store=Store.PODMAN), Level.WARNING, "Podman answers", "Docker's daemon"),
    "ahead": (_host(skew=timedelta(minutes=3)), Level.WARNING, "clock is 3m ahead", "NTP"),
    "behind": (_host(skew=timedelta(hours=-2)), Level.WARNING, "clock is 2h behind", "NTP"),
    "kept off": (
        _host(trials=(Trial(call="DELETE /images/NAME", needed="to remove", refused="status 403"),)),
        Level.FAILURE,
        "DELETE /images/NAME is kept off (status 403): needed to remove",
        "proxy",
    ),
    "bare socket": (
        _host(trials=(Trial(call="POST /containers/create"),)),
        Level.WARNING,
        "root on the host",
        "socket proxy",
    ),
    "no database": (_database(why="The database is away."), Level.FAILURE, "is away", "IMGBOT_DATABASE_URL"),
    "trigger": (_database(faults=("The trigger x is missing.",)), Level.FAILURE, "trigger x", "imgbot db upgrade"),
    "faulty": (_database(failed="Event 7 was changed."), Level.FAILURE, "Event 7 was changed", "imgbot audit verify"),
    "unverified": (
        _database(verified_at=NOW - timedelta(days=5)),
        Level.WARNING,
        "last verified 5d ago",
        "imgbot audit verify",
    ),
    "full": (_database(free=100_000_000), Level.FAILURE, "0.1 GB are free", "nothing is removed"),
    "another machine's": (_database(elsewhere="db-2 used it."), Level.FAILURE, "db-2 used it", "docs/replicas.md"),
    "network": (_database(network="nfs4"), Level.WARNING, "network file system (nfs4)", "PostgreSQL"),
    "nearly full": (_database(free=1_000_000_000), Level.WARNING, "1.0 GB are free", "before it is full"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_wrong_is_said_with_how_to_mend_it(case: tuple[Facts, Level, str, str]) -> None:
    """Every finding that is not well says what to do."""
    facts, level, what, mend = case
    found = _bad(facts)
    assert all(finding.mend for finding in found)
    assert [finding.level for finding in found if what in finding.what and mend in finding.mend] == [level]


def test_the_home_tab_shows_what_is_bad_the_worst_first() -> None:
    """And one line where nothing is."""
    assert lines(diagnosis(WELL)) == ("✅ 13 things were looked at, and all are as they should be.",)
    facts = replace(_host(skew=timedelta(minutes=3)), database=replace(DATABASE, failed="Event 7."))
    first, second = lines(diagnosis(facts))
    assert first.startswith("❌ record: The record did not verify")
    assert second == "⚠️ host web-3: Its clock is 3m ahead. Have it keep time by NTP."


@pytest.mark.parametrize("approvals", [0, None])
def test_a_rule_that_wants_no_approval_needs_nobody(approvals: int | None) -> None:
    """Allowed at once, or never."""
    assert _bad(_rule(approvals=approvals, approvers=())) == ()
