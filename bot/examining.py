"""Finding out about the bot's surroundings: for ``imgbot doctor``, and for a running bot's Home tab."""

import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from slack_sdk import WebClient

from bot.app import daemons, database_url, now
from bot.approval.policy import Policies, Policy
from bot.approval.proof import Disproved, Proved
from bot.db import database
from bot.db.alone import network_file_system, used_elsewhere
from bot.db.store import Store
from bot.dockerd.daemon import Daemon
from bot.flows.diagnosis import diagnosis, lines
from bot.flows.facts import DatabaseSeen, Facts, SlackSeen
from bot.settings import BadSettings, Settings, policy, secret
from bot.slack.answering import TIMEOUT
from bot.slack.examining import connects, examined
from bot.slack.scopes import needed
from bot.ways import way_secret

FIRST, EVERY = 20.0, 900.0
"""Seconds until a running bot looks for the first time, when it has enough to do, and between two times."""
AT_ONCE = 32
"""Hosts that are looked at at the same time: most of the time is waited for those that do not answer."""


def facts(settings: Settings) -> Facts:
    """Return everything that can be found out. Takes as long as what answers slowest. Raises ``BadSettings``."""
    reached = daemons(settings)
    try:
        return facts_of(settings, policy(settings.file), reached.values(), tries=True)
    finally:
        for daemon in reached.values():
            daemon.close()


def facts_of(settings: Settings, made: Policy, reached: Iterable[Daemon], *, tries: bool) -> Facts:
    """Return what can be found out of these daemons, by this policy. What sockets let through, where it *tries*."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        slack = threads.submit(partial(_slack, settings, made))
        hosts = list(threads.map(partial(Daemon.examined, tries=tries), reached))
        return Facts(
            now=now(),
            policy=made,
            wanted=frozenset(needed()),
            slack=slack.result(),
            hosts=hosts,
            database=_database(settings),
        )


class Checkups:
    """Looks at everything every quarter of an hour while the bot runs, and keeps what was found for the Home tab."""

    def __init__(self, settings: Settings, policy: Policies, reached: Iterable[Daemon]) -> None:
        self._settings = settings
        self._policy = policy
        self._reached = tuple(reached)
        self._next = time.monotonic() + FIRST
        self._lines: tuple[str, ...] = ()
        self.changed: Callable[[], None] = _nobody
        """Called where what was found is no longer what it was."""

    def lines(self) -> tuple[str, ...]:
        """Return what was found last; nothing before anything was."""
        return self._lines

    def due(self) -> None:
        """Look, where it is time to."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY
        before, found = self._lines, facts_of(self._settings, self._policy(), self._reached, tries=False)
        self._lines = lines(diagnosis(found))
        if self._lines != before:
            self.changed()


def _nobody() -> None:
    """Tell nobody."""


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
        seen = DatabaseSeen(name=name, faults=faults) if faults else _record(engine, name)
        return replace(seen, **_of_file(file)) if file else seen
    except database.Unavailable as error:
        return DatabaseSeen(name=name, why=str(error))
    finally:
        engine.dispose()


def _of_file(file: Path) -> dict[str, Any]:
    """Return what is known of the file that a SQLite database is."""
    free = shutil.disk_usage(file.parent).free
    return {"free": free, "elsewhere": used_elsewhere(file), "network": network_file_system(file)}


def _record(engine: database.Engine, name: str) -> DatabaseSeen:
    with Store(engine).reading() as reading:
        proved, failed = reading.last(Proved), reading.unacknowledged()
        why = failed.event.why if failed and isinstance(failed.event, Disproved) else ""
        return DatabaseSeen(
            name=name,
            events=reading.head()[0],
            began_at=reading.first_at(),
            verified_at=proved.at if proved else None,
            failed=why,
            commanded_at=reading.commanded_at(),
        )
