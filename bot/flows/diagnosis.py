"""What the facts mean: a line for each thing that was looked at, and how to mend what is not as it should be.

Pure: for ``imgbot doctor`` and for the Home tab.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.approval.conditions import is_group
from bot.flows.approving import approving
from bot.flows.facts import ChannelSeen, DatabaseSeen, Facts, GroupSeen, HostSeen, SlackSeen
from bot.images.inventory import Store
from bot.images.spans import span_text

SKEWED = timedelta(seconds=30)
"""How far a host's clock may be off: what happens there is told by it, and put on record by ours."""
LITTLE, LEAST = 2_000_000_000, 200_000_000
"""Bytes that should be free on the database's disk, and without which it is about to be full."""
VERIFIED = timedelta(days=2)
INSTALL = "Install the app to the workspace again, with the manifest that `imgbot manifest` prints."
PLAN = "User groups need a paid plan of Slack. Without one, name users (U…) as approvers."


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line: what it is about, such as "host web-3", what was found, and how to mend it, empty where all is well."""

    about: str
    level: Level
    what: str
    mend: str = ""


def diagnosis(facts: Facts) -> tuple[Finding, ...]:
    """Return what was found, in the order in which one would mend it."""
    return (
        *_database(facts),
        *_slack(facts),
        *approving_findings(facts),
        *(finding for host in facts.hosts for finding in _host(host)),
    )


def worst(findings: tuple[Finding, ...]) -> Level:
    """Return the worst level of all."""
    order = list(Level)
    return max((finding.level for finding in findings), key=order.index, default=Level.OK)


def lines(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """Return what is not as it should be, the worst first, as sentences; one that says so where nothing is."""
    marks = {Level.FAILURE: "❌", Level.WARNING: "⚠️"}
    bad = [finding for level in marks for finding in findings if finding.level is level]
    if not bad:
        return (f"✅ {len(findings)} things were looked at, and all are as they should be.",)
    return tuple(f"{marks[each.level]} {each.about}: {each.what} {each.mend}" for each in bad)


def _ok(about: str, what: str) -> Finding:
    return Finding(about=about, level=Level.OK, what=what)


def _failed(about: str, what: str, mend: str) -> Finding:
    return Finding(about=about, level=Level.FAILURE, what=what, mend=mend)


def _warned(about: str, what: str, mend: str) -> Finding:
    return Finding(about=about, level=Level.WARNING, what=what, mend=mend)


def _slack(facts: Facts) -> Iterator[Finding]:
    slack = facts.slack
    if slack.error:
        mend = "Use the app's Bot User OAuth Token (xoxb-…), from Install App on the app's page."
        yield _failed("Slack", f"The bot's token does not work: {slack.error.rstrip('.')}.", mend)
    else:
        yield _ok(
            "Slack", f"The bot is {slack.bot} in {slack.team} ({slack.team_id}), and serves this workspace alone."
        )
    if slack.way_error:
        mend = "Make an app-level token (xapp-…) with connections:write, under Basic Information on the app's page."
        if slack.way != "Socket Mode":
            mend = "Take the Signing Secret from Basic Information on the app's page."
        yield _failed("Slack", f"{slack.way} cannot work: {slack.way_error.rstrip('.')}.", mend)
    else:
        told = "Slack lets the bot connect." if slack.way == "Socket Mode" else "the signing secret is set."
        yield _ok("Slack", f"{slack.way}: {told}")
    if not slack.error:
        yield from _scopes(facts)
        yield from _command(facts)
        yield from map(_channel, slack.channels)
        yield from _groups(slack)


def _scopes(facts: Facts) -> Iterator[Finding]:
    found = facts.slack.scopes
    if found is None:
        yield _warned("scopes", "Slack does not tell which scopes the app has.", f"If something fails: {INSTALL}")
        return
    if missing := sorted(facts.wanted - found):
        yield _failed("scopes", f"The app lacks {', '.join(missing)}.", INSTALL)
    if more := sorted(found - facts.wanted):
        yield _warned("scopes", f"The app has more than it needs: {', '.join(more)}.", INSTALL)
    if not missing and not more:
        yield _ok("scopes", "The app has the scopes that it needs, and no other.")


def _command(facts: Facts) -> Iterator[Finding]:
    """Slack tells nobody which commands there are; that one came is all that can be known."""
    at = facts.database.commanded_at
    if at is not None:
        yield _ok("command", f"Somebody last typed a command {_ago(facts.now - at)}.")
    elif not facts.database.why and not facts.database.faults:
        mend = "Type `/img help` in Slack. The most recently installed app gets a command that two apps have."
        yield _warned("command", "No command of late: whether Slack sends them here is not known.", mend)


def _channel(seen: ChannelSeen) -> Finding:
    about, name = "channels", f"{seen.key} {seen.id}"
    match seen.error:
        case "":
            return _ok(about, f"The bot is in {name}.")
        case "not_in_channel" | "channel_not_found":
            what = f"There is no {name}, or the bot is not in it."
            return _failed(
                about, what, "Type /invite @imgbot there; the ID is at the bottom of the channel's About page."
            )
        case "missing_scope":
            return _failed(about, f"Whether the bot is in {name} may not be read.", INSTALL)
        case "unset":
            mend = "Set it: the ID is at the bottom of the channel's About page."
            return (_warned if seen.key == "audit_channel" else _failed)(about, f"[slack] {seen.key} is not set.", mend)
        case error:
            return _failed(about, f"{name} cannot be read: Slack says {error}.", "Choose another, or try again.")


def _groups(slack: SlackSeen) -> Iterator[Finding]:
    yield from map(_group, slack.groups)


def _group(seen: GroupSeen) -> Finding:
    name = f"@{seen.handle} ({seen.id})" if seen.handle else seen.id
    match seen.error:
        case "plan_upgrade_required" | "paid_teams_only":
            return _failed("groups", f"Slack does not tell who is in {name}: {seen.error}.", PLAN)
        case "no_such_subteam":
            return _failed("groups", f"There is no user group {name}.", "Its ID (S…) is in its page's address.")
        case "" if seen.disabled:
            return _failed("groups", f"The user group {name} is disabled.", "Enable it in Slack, or name another.")
        case "" if not seen.members:
            return _failed("groups", f"Nobody is in the user group {name}.", "Add people to it in Slack.")
        case "":
            return _ok("groups", f"{name}: {seen.name}, {len(seen.members or ())} people.")
        case error:
            return _failed(
                "groups", f"Slack does not tell who is in {name}: {error}.", "Try again; then see the scopes."
            )


def approving_findings(facts: Facts) -> Iterator[Finding]:
    """Yield who may decide by each rule: enough people, and others than who asks."""
    if not facts.policy.rules:
        yield _failed(
            "approvers", "There is no rule, so nothing can be removed.", "See docs/policy.md for the first one."
        )
    if facts.slack.people is None:
        return
    for who, person in sorted(facts.slack.people.items()):
        if person.unfit and not is_group(who):
            mend = "Name somebody else in imgbot.toml, or take them out of the group."
            yield _warned("approvers", f"{person.name} ({who}) may not decide: {person.unfit}", mend)
    for rule in facts.policy.rules:
        found = approving(rule, facts.slack)
        if found.failure:
            mend = "Name more people or a user group as approvers: nobody approves their own request."
            yield _failed("approvers", f'Rule "{rule.name}": {found.failure}', mend)
        elif found.warning:
            yield _warned("approvers", f'Rule "{rule.name}": {found.warning}', found.mend)
        elif found.fine:
            yield _ok("approvers", f'Rule "{rule.name}": {found.fine}')


def _host(host: HostSeen) -> Iterator[Finding]:
    about = f"host {host.host}"
    if host.why:
        yield _failed(
            about, host.why, "Try `docker -H URL version` as the bot's user; the other hosts go on meanwhile."
        )
        return
    if host.store is Store.PODMAN:
        yield _warned(about, "Podman answers there: it is listed, and nothing is removed.", "Use Docker's daemon.")
        return
    store = "not told" if host.store is None else host.store.value
    yield _ok(about, f"Docker {host.version} answers (API {host.api}), image store {store}.")
    if host.skew is not None and abs(host.skew) > SKEWED:
        way = "ahead" if host.skew > timedelta(0) else "behind"
        yield _warned(about, f"Its clock is {_span(abs(host.skew))} {way}.", "Have it keep time by NTP.")
    for trial in host.trials:
        if trial.needed and trial.refused:
            what = f"{trial.call} is kept off ({trial.refused}): needed {trial.needed}."
            yield _failed(about, what, "Let the proxy before the socket pass it.")
    open_ = [trial.call for trial in host.trials if not trial.needed and not trial.refused]
    if open_:
        what = f"The bot could do more there than it needs: {', '.join(open_)}. Whoever has that is root on the host."
        yield _warned(about, what, "Put a socket proxy before it that passes what is needed alone.")
    if host.trials and not open_ and not any(trial.refused for trial in host.trials if trial.needed):
        yield _ok(about, "The socket lets through what is needed, and no making of containers.")


def _database(facts: Facts) -> Iterator[Finding]:
    seen = facts.database
    if seen.why:
        yield _failed("database", seen.why, "Set IMGBOT_DATABASE_URL, and start the database.")
        return
    if seen.elsewhere:
        yield _failed("database", seen.elsewhere, "docs/replicas.md says what several machines need.")
    if seen.network:
        what = f"It is on a network file system ({seen.network}), where SQLite may be damaged."
        yield _warned("database", what, "Use a disk of this machine, or PostgreSQL.")
    if seen.faults:
        for fault in seen.faults:
            yield _failed(
                "database", fault, "`imgbot db upgrade` makes or renews the tables, as the start of the bot does."
            )
        return
    yield _ok("database", f"{seen.name}: schema and triggers are as they should be.")
    yield _chain(facts, seen)
    if seen.free is not None:
        yield _disk(seen.free)


def _chain(facts: Facts, seen: DatabaseSeen) -> Finding:
    if seen.failed:
        mend = "Keep a copy of the database; `imgbot audit verify` names the event. Then a lead types /img verify."
        return _failed("record", f"The record did not verify, so nothing is removed: {seen.failed}", mend)
    if seen.events == 0:
        return _ok("record", "Nothing is on record yet.")
    since = seen.verified_at or seen.began_at
    if since is not None and facts.now - since > VERIFIED:
        what = f"{seen.events} events; all was last verified {_ago(facts.now - since)}."
        return _warned("record", what, "The bot does so once a day while it runs: `imgbot audit verify` does it now.")
    verified = f"verified {_ago(facts.now - seen.verified_at)}" if seen.verified_at else "not verified yet"
    return _ok("record", f"{seen.events} events, {verified}.")


def _disk(free: int) -> Finding:
    what = f"{free / 1e9:.1f} GB are free on the database's disk."
    if free < LEAST:
        return _failed("disk", what, "Make room: where nothing can be put on record, nothing is removed.")
    return _warned("disk", what, "Make room before it is full.") if free < LITTLE else _ok("disk", what)


def _ago(span: timedelta) -> str:
    return f"{_span(max(span, timedelta(0)))} ago"


def _span(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    for unit in (86400, 3600, 60):
        if seconds >= 2 * unit:
            return span_text(timedelta(seconds=seconds // unit * unit))
    return f"{seconds}s"
