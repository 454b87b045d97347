"""Finding out about the bot's surroundings: for ``imgbot doctor``, and for a running bot's Home tab."""

import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from slack_sdk import WebClient

from bot.app import daemons, database_url, now
from bot.approval.policy import Policy
from bot.approval.proof import Disproved, Proved
from bot.db import database
from bot.db.reading import Reading
from bot.db.store import Store
from bot.dockerd.daemon import Daemon
from bot.flows.facts import DatabaseSeen, Facts, HostSeen, SlackSeen
from bot.settings import BadSettings, Settings, policy, secret
from bot.slack.answering import TIMEOUT
from bot.slack.examining import connects, examined
from bot.slack.scopes import needed
from bot.ways import way_secret

AT_ONCE = 32
"""Hosts that are looked at at the same time: most of the time is waited for those that do not answer."""


def facts(settings: Settings) -> Facts:
    """Return everything that can be found out. Takes as long as what answers slowest. Raises ``BadSettings``."""
    made = policy(settings.file)
    reached = daemons(settings)
    try:
        with ThreadPoolExecutor(AT_ONCE) as threads:
            slack = threads.submit(partial(_slack, settings, made))
            hosts = list(threads.map(Daemon.examined, reached.values()))
            return looked_at(settings, made, slack.result(), hosts)
    finally:
        for daemon in reached.values():
            daemon.close()


def looked_at(settings: Settings, made: Policy, slack: SlackSeen, hosts: list[HostSeen]) -> Facts:
    """Return the facts, with the database as it is now."""
    return Facts(
        now=now(),
        policy=made,
        wanted=frozenset(needed()),
        slack=slack,
        hosts=hosts,
        database=_database(settings),
    )


def _slack(settings: Settings, made: Policy) -> SlackSeen:
    """Look at the workspace, as far as there are the secrets for it."""
    given = settings.environment
    way = "HTTP mode" if settings.by_http else "Socket Mode"
    app_token, way_error = "", ""
    try:
        app_token = way_secret(settings)
    except BadSettings as error:
        way_error = str(error)
    try:
        bot = secret(given.slack_bot_token, given.slack_bot_token_file, "SLACK_BOT_TOKEN").get_secret_value()
    except BadSettings as error:
        return SlackSeen(error=str(error), way=way, way_error=way_error)
    client = WebClient(bot, base_url=given.slack_api_url, timeout=TIMEOUT, retry_handlers=[])
    if app_token and not settings.by_http:
        way_error = connects(client, app_token)
    named = {*made.approvers, *made.groups, *(made.break_glass.people if made.break_glass else ())}
    return replace(examined(client, _channels(settings), sorted(named)), way=way, way_error=way_error)


def _channels(settings: Settings) -> Mapping[str, str | None]:
    slack = settings.file.slack
    return {
        "approvals_channel": slack.approvals_channel if slack else None,
        "audit_channel": slack.audit_channel if slack else None,
    }


def _database(settings: Settings) -> DatabaseSeen:
    """Look at the database, without changing it."""
    engine = database.engine(database_url(settings))
    name = database.name_of(engine)
    file = database.file_of(engine)
    try:
        faults = database.check(engine)
        free = shutil.disk_usage(file.parent).free if file else None
        if faults:
            return DatabaseSeen(name=name, faults=faults, free=free)
        store = Store(engine)
        with store.reading() as reading:
            return _record(reading, name, free)
    except database.Unavailable as error:
        return DatabaseSeen(name=name, why=str(error))
    finally:
        engine.dispose()


def _record(reading: Reading, name: str, free: int | None) -> DatabaseSeen:
    proved, failed = reading.last(Proved), reading.unacknowledged()
    why = failed.event.why if failed and isinstance(failed.event, Disproved) else ""
    return DatabaseSeen(
        name=name,
        events=reading.head()[0],
        began_at=reading.first_at(),
        verified_at=proved.at if proved else None,
        failed=why,
        commanded_at=reading.commanded_at(),
        free=free,
    )
