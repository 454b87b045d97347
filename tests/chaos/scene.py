"""What the bot is killed in: daemons with images, a workspace where things go wrong, a database, and its processes."""

import os
import secrets
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests
import sqlalchemy as sa

from bot.db import database
from bot.db.store import Store
from bot.playground.demo import RunningWorkspace, real, workspace
from tests.chaos.dying import KILLED
from tests.daemons import Kind, RunningDaemon, root_for, running_dockerd, running_registry
from tests.databases import new_postgresql, running_postgresql
from tests.newer import Missing

DANA, OLGA, OMAR, SAM = "U0DEV", "U0LEAD", "U0LEAD2", "U0SAM"
DEV, APPROVALS, AUDIT = "C0DEV", "C0APPROVALS", "C0AUDIT"
LEADS = "S0OPSLEADS"
CONFIG_FILE = "imgbot.toml"
END_WITHIN = 25.0

TROUBLE = {"busy": 0.05, "failing": 0.05, "lost": 0.05, "repeated": 0.25, "shuffled": 0.2, "cut": 0.04, "slow": 0.3}
"""How likely each fault of Slack is, and the longest time in seconds that something is held back."""

CONFIG = """
lease = "{lease}"
[slack]
approvals_channel = "{approvals}"
audit_channel = "{audit}"
message_pause = "0s"
[audit]
checkpoint_every = 50
{hosts}
{rules}
[[rules]]
name = "leads"
approvers = ["{lead}", "{other}"]
remind = "15s"
[break_glass]
people = ["{dana}"]
"""
RULE = """
[[rules]]
name = "{name}"
images = ["{name}*:*"]
approvers = ["{group}", "{lead}", "{other}"]
{term}
"""
KEPT, BRIEF, LATE, WAVES, OTHER = "kept", "brief", "late", "waves", "other"
"""Rules, by what the names begin with that each is about: what can be undone for long, for a moment, what expires, and
what goes from one host before the others.

There is nothing that the last is about. It comes and goes: so the rules change now and then, and no request with them.
"""
TERMS = {KEPT: 'undo = "6h"', BRIEF: 'undo = "5s"', LATE: 'expires = "20s"', WAVES: "canary = 1"}
LEASE = 6.0
"""Seconds; a minute where it is not chaos."""
HOST = '[hosts.{name}]\nurl = "{url}"\ntimeout = "8s"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where everything is. ``daemons`` are by the names of their hosts."""

    place: RunningWorkspace
    daemons: dict[str, RunningDaemon]
    registry: str
    url: str
    store: Store
    environment: dict[str, str]
    folder: Path

    def change_rules(self, *, other: bool) -> None:
        """Write the settings anew, with a rule more or without it: whoever reads them reads one or the other."""
        hosts = "".join(HOST.format(name=name, url=daemon.url) for name, daemon in self.daemons.items())
        people = {"lead": OLGA, "other": OMAR, "dana": DANA}
        terms = TERMS | ({OTHER: ""} if other else {})
        rules = "".join(RULE.format(name=name, term=term, group=LEADS, **people) for name, term in terms.items())
        text = CONFIG.format(lease=f"{LEASE:g}s", approvals=APPROVALS, audit=AUDIT, hosts=hosts, rules=rules, **people)
        written = self.folder / f"imgbot-{secrets.token_hex(4)}.toml"
        written.write_text(text)
        written.replace(self.folder / CONFIG_FILE)

    def trouble(self, **chances: float) -> dict[str, int]:
        """Have things go wrong in Slack by these chances from now on; return what did so far."""
        answer = requests.post(f"{self.place.url}/play/trouble", json=chances, timeout=10)
        return dict(answer.json()["counts"])

    def connected(self) -> int:
        """Return how many connections of Socket Mode there are."""
        answer = requests.get(f"{self.place.url}/play/state", params={"user": DANA}, timeout=10)
        return int(answer.json()["connected"])

    def passed(self) -> frozenset[str]:
        """Return the points that any process passed."""
        return frozenset(line for line in self._lines() if not line.startswith(KILLED))

    def killed_at(self) -> list[str]:
        """Return the points at which processes killed themselves."""
        return [line.removeprefix(KILLED) for line in self._lines() if line.startswith(KILLED)]

    def _lines(self) -> list[str]:
        return [line for path in self.folder.glob("passed-*") for line in path.read_text().splitlines()]


@contextmanager
def scene(kinds: Sequence[Kind], database_kind: str) -> Iterator[Scene]:
    """Set everything up within the block. Raises RuntimeError where a daemon cannot be had."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="imgbot-chaos-")))
        registry = stack.enter_context(_registry())
        daemons = {f"web-{n}": stack.enter_context(_daemon(kind, registry)) for n, kind in enumerate(kinds, start=1)}
        place = stack.enter_context(workspace(banner=real("daemons for tests")))
        url = f"sqlite:///{folder / 'imgbot.db'}"
        if database_kind == "postgresql":
            url = stack.enter_context(new_postgresql(stack.enter_context(running_postgresql())))
        engine = database.engine(url)
        database.upgrade(engine)
        if database_kind == "postgresql":
            sa.event.listen(engine, "connect", _call_it_the_crowds)
            engine.dispose()
        store = Store(engine)
        stack.callback(store.close)
        made = Scene(
            place=place,
            daemons=daemons,
            registry=registry,
            url=url,
            store=store,
            environment=_environment(place, url, folder),
            folder=folder,
        )
        made.change_rules(other=False)
        yield made


def _call_it_the_crowds(connection: Any, _: object) -> None:  # noqa: ANN401 -- psycopg's connection in the pool's clothes
    """Name a connection of the people's, who look into the database: the bot's are the ones to be cut off."""
    connection.execute("SET application_name = 'crowd'")
    connection.commit()


@contextmanager
def _registry() -> Iterator[str]:
    if shutil.which("docker-registry") is None:
        raise RuntimeError("docker-registry is not installed: nothing could be put back")
    with running_registry() as address:
        yield address


@contextmanager
def _daemon(kind: Kind, registry: str) -> Iterator[RunningDaemon]:
    root = root_for(kind)
    if isinstance(root, Missing):
        raise RuntimeError(f"{root.why}: there is no {kind.name}")  # noqa: TRY004 -- a machine, not a type, is wrong
    with running_dockerd(kind, root, registry) as running:
        yield running


def _environment(place: RunningWorkspace, url: str, folder: Path) -> dict[str, str]:
    return os.environ | {
        "SLACK_BOT_TOKEN": place.bot_token,
        "SLACK_APP_TOKEN": place.app_token,
        "SLACK_API_URL": place.api_url,
        "IMGBOT_CONFIG": str(folder / CONFIG_FILE),
        "IMGBOT_DATABASE_URL": url,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event of an image, in the daemon's words."""

    action: str
    id: str
    name: str


class Ear:
    """Keeps what a daemon itself tells of its images, from the first removal on."""

    def __init__(self, daemon: RunningDaemon) -> None:
        self.told: list[Told] = []
        self._events = daemon.client.events(filters={"type": "image"}, decode=True)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        for event in self._events:
            actor = event["Actor"]
            name = str((actor.get("Attributes") or {}).get("name", ""))
            self.told.append(Told(action=event["Action"], id=actor["ID"], name=name))

    def close(self) -> None:
        """Listen no more."""
        self._events.close()
        self._thread.join(5)
