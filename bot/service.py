"""The running bot: a connection to Slack, and the loops that carry out what it delivers."""

import gc
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

import structlog
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

import bot
from bot import logs
from bot.app import Flows, daemons, database_password, flows, host_groups, open_store
from bot.approval.notes import Started, Stopped
from bot.crew import HELD_UP, Crew, giving_way
from bot.examining import Checkups
from bot.flows.checkpoint import Sign
from bot.flows.in_force import InForce
from bot.flows.keep import Keep
from bot.flows.lanes import held_up_at_most
from bot.loop import Loop
from bot.reload import reloaded, warn
from bot.settings import BadSettings, Settings, SlackTable, policy, secret
from bot.slack.answering import TIMEOUT
from bot.slack.committing import keeping
from bot.slack.conversation import Conversation
from bot.slack.directory import Directory
from bot.slack.listeners import listen
from bot.slack.naming import Naming
from bot.slack.new_form import offers
from bot.slack.ours import only_ours
from bot.slack.payloads import Received
from bot.slack.sealing import Seal
from bot.slack.socket_mode import SocketMode
from bot.telling import Telling, metrics_of, tell, timed
from bot.ways import app_token_works, bolt_app, identified, is_told, secrets_of, server, way_in
from bot.web.told import Told

if TYPE_CHECKING:
    from bot.web.running import Running

log = structlog.get_logger()

WORKERS = 4
"""Deliveries that are answered at the same time.

There are more while all are held up: as many as all hosts may hold up (``flows/lanes.py``), and two besides.
"""
TIDY_EVERY = 2.0
FORGET_EVERY = 3600.0
GROUPS_EVERY = 300.0
VERIFY_EVERY = 600.0
"""Seconds between two looks whether the record was verified today."""
CATCH_UP_EVERY = 1.0
CHECK_EVERY = 10.0
"""Seconds between two looks whether it is time for a checkup."""
GRACE = 10.0
"""Seconds in which the bot ends when it is told to."""
FINISHES = 5.0
"""Seconds after that in which further steps of a removal may begin: most are done by then."""
CALL = 8.0
"""Seconds after that for which a call under way is waited for. What is left is for the end of the record."""


class Service:
    """The running bot: a connection to Slack, and loops that carry out what it delivers."""

    def __init__(self, settings: Settings, end: Callable[[], None] = lambda: None) -> None:
        """Put it together. *end* is called where it finds that it must not go on: then ``outgrown`` says why."""
        self.outgrown = ""
        self._end = end
        self._stopping, self._ending = threading.Event(), threading.Event()
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        environment = settings.environment
        secrets_ = secrets_of(settings)
        logs.conceal(secrets_.bot, secrets_.way, database_password(settings))
        sign = _signing(settings)
        self._slack = _slack_of(settings)
        self._naming = Naming(command=self._slack.command)
        self._store = open_store(settings)
        self._store.clock.set()
        if kind := self._store.network_file_system:
            log.warning("SQLite on a network file system: it may be damaged, use a local disk or PostgreSQL", kind=kind)
        self._now = self._store.clock
        self._daemons = daemons(settings)
        self._metrics = metrics_of(self._daemons) if is_told(settings) else None
        self._store.tell = partial(tell, self._metrics)
        client = WebClient(secrets_.bot, base_url=environment.slack_api_url, timeout=TIMEOUT, retry_handlers=[])
        us = identified(client)
        if not settings.by_http:
            app_token_works(client, secrets_.way)
        self._seal = Seal(secrets_.way)
        self._settings = settings
        self._in_force = InForce(self._store, self._now, policy(settings.file))
        warn(self._in_force())
        self._checkups = Checkups(settings, self._in_force, self._daemons.values())
        made = self._flows(client, us, sign)
        self._checkups.changed = made.homes.looked
        self._working = self._working_loops(made)
        self._made = made
        most = held_up_at_most(len(self._daemons), len(host_groups(settings))) + 2
        self._deliveries = Keep(self._store, self._now, self._kept)
        work = giving_way(self._then_wake(made.receive.next), lambda: self._deliveries.busy)
        self._crew = Crew("receive", work, least=WORKERS, most=most, every=CATCH_UP_EVERY)
        grow = Loop("grow", partial(_quietly, self._crew.grow), every=HELD_UP)
        check = Loop("checkup", partial(_quietly, self._checkups.due), every=CHECK_EVERY)
        outgrown = Loop("outgrown", partial(_quietly, self._look_at_the_schema), every=TIDY_EVERY)
        self._loops = (*self._working, grow, check, outgrown, *_tidying_loops(made), *self._called_loops())
        self._watches = made.watches
        self._listening = tuple(Loop(f"hear-{w.host}", w.hear, every=CATCH_UP_EVERY) for w in made.watches)
        app = bolt_app(us, environment.slack_api_url)
        only_ours(app, str(us.team_id))
        listen(app, keeping(self._begin), partial(offers, made.receive.views.choosing), self._naming)
        self._way = way_in(settings, app, secrets_, self._metrics)
        self._server = self._told(settings)

    def _flows(self, client: WebClient, us: AuthorizeResult, sign: Sign | None) -> Flows:
        """Put the flows together."""
        link, team_id = str(us.url or ""), str(us.team_id)
        file, slack = self._settings.file, self._slack
        return flows(
            store=self._store,
            hosts=timed(self._daemons, self._metrics),
            policy=self._in_force,
            conversation=Conversation(client, slack.approvals_channel, slack.audit_channel, link, self._naming),
            directory=Directory(client, team_id),
            owner=self._owner,
            checkpoint_every=file.audit.checkpoint_every,
            sign=sign,
            read=self._seal.read,
            written=self._seal.late,
            look_every=file.look_every,
            lease=file.lease,
            message_pause=slack.message_pause,
            groups=lambda: host_groups(self._settings),
            patience={name: host.timeout for name, host in file.hosts.items()},
            ending=self._ending.is_set,
            now=self._now,
            health=self._checkups.lines,
        )

    def _told(self, settings: Settings) -> "Running | None":
        """Return the server that tells of this process and takes what Slack sends in HTTP mode; None without one."""
        way, metrics = self._way, self._metrics
        if metrics is None:
            return None
        telling = Telling(
            store=self._store,
            owner=self._owner,
            now=self._now,
            loops=lambda: (*self._loops, *self._listening, *self._crew.loops),
            watches=self._watches,
            connections=lambda: way.connected if isinstance(way, SocketMode) else None,
            ending=self._stopping.is_set,
        )
        metrics.watch(telling.signs)
        told = Told(alive=telling.alive, ready=telling.ready, metrics=metrics.text)
        return server(settings, told, *([] if isinstance(way, SocketMode) else [way.route()]))

    def _working_loops(self, made: Flows) -> tuple[Loop, ...]:
        """Return the loops that are woken when something was delivered or done."""
        removers = [
            Loop(f"remove-{remove.daemon.host}", self._then_wake(remove.next), every=CATCH_UP_EVERY)
            for remove in made.removes
        ]
        publish = Loop("publish", partial(_quietly, made.publish.behind), every=CATCH_UP_EVERY)
        announce = Loop("announce", made.announce.next, every=CATCH_UP_EVERY)
        homes = Loop("homes", partial(_quietly, made.homes.due), every=CATCH_UP_EVERY)
        made.homes.overview.recent.tell(homes.wake)
        waves = Loop("waves", self._then_wake(made.waves.due), every=CATCH_UP_EVERY)
        return (*removers, publish, announce, homes, waves)

    def _called_loops(self) -> tuple[Loop, ...]:
        """Return the loop that wakes the working ones where another replica wrote something."""
        listening = self._store.listening
        if listening is None:
            return ()

        def called() -> bool:
            if listening.heard(CATCH_UP_EVERY):
                self._crew.wake()
                self._wake()
            return True

        return (Loop("called", called, every=CATCH_UP_EVERY),)

    def _then_wake(self, work: Callable[[], bool]) -> Callable[[], bool]:
        """Return *work* that wakes the other working loops where it did something."""

        def working() -> bool:
            did = work()
            if did:
                self._wake()
            return did

        return working

    def _wake(self) -> None:
        """Say that what the loops look for may be there. Deliveries have others of their own to be woken by."""
        for loop in self._working:
            loop.wake()

    def _begin(self, received: Received) -> Future[None]:
        """Begin to commit a delivery."""
        kept = self._seal.sealed(received)
        return self._deliveries.begin(kept.key, kept.kind, kept.body)

    def _kept(self, count: int) -> None:
        self._crew.wake(count)

    def start(self) -> None:
        """Write that the bot began, start the loops, and connect."""
        with self._store.transaction() as tx:
            tx.note(Started(at=self._now(), owner=self._owner, version=bot.__version__))
        self._in_force.begin()
        self._crew.start()
        for loop in (*self._loops, *self._listening):
            loop.start()
        if self._server is not None:
            self._server.start()
            log.info("listening", url=self._server.url)
        if isinstance(self._way, SocketMode):
            self._way.start()
        gc.freeze()  # what was imported stays: not to be looked through each time that a plan makes many values

    def _look_at_the_schema(self) -> None:
        """End where a newer imgbot has the database to itself. What is taken or written is refused from then on."""
        if self.outgrown:
            return
        with self._store.reading() as reading:
            self.outgrown = reading.outgrown()
        if self.outgrown:
            log.error("this imgbot is too old for the database, and ends", why=self.outgrown)
            self._ending.set()
            self._end()

    def reload(self) -> None:
        """Read the file of settings again. Where it cannot be used nothing changes, and the log says why."""
        self._settings = reloaded(self._settings, self._in_force)

    def wait_connected(self, timeout: float) -> bool:
        """Wait for Slack's connection, at most *timeout* seconds. Returns whether there is one, or none is needed."""
        return not isinstance(self._way, SocketMode) or self._way.wait_connected(timeout)

    def stop(self) -> None:
        """Take no more deliveries, let the calls under way end, give back what was taken, and write that the bot ended.

        That takes GRACE seconds at most, whoever does not answer.
        """
        began = time.monotonic()
        self._stopping.set()
        self._crew.stop()
        for loop in (*self._loops, *self._listening):
            loop.stop()
        for watch in self._watches:
            watch.end()
        self._way.stop(FINISHES)
        self._deliveries.end()
        working = (*self._crew.loops, *self._working)
        _joined(working, began + FINISHES)
        self._ending.set()
        if late := _joined(working, began + CALL):
            log.warning("still at work, and ended all the same", loops=late)
        end = threading.Thread(target=self._write_the_end, args=(began + GRACE,), name="end", daemon=True)
        end.start()
        end.join(max(began + GRACE - time.monotonic(), 0.1))
        _joined(self._loops, min(time.monotonic() + 1, began + GRACE))  # these only look, and have nothing to lose
        if self._server is not None:
            self._server.stop(1)
        for daemon in self._daemons.values():
            daemon.close()
        self._store.close()

    def _write_the_end(self, until: float) -> None:
        """Give back what was taken, write that the bot ended, and post a checkpoint.

        Where there is no time for it, leases run out, and the next start posts it.
        """
        self._made.beat.give_back()
        if self.outgrown:
            return
        with self._store.transaction() as tx:
            tx.note(Stopped(at=self._now(), owner=self._owner))
        self._made.checkpoints.at_stop()
        while time.monotonic() < until:
            if self._made.announce.next():
                continue
            if self._made.announce.pace.is_free(self._now()):
                break  # and there is nothing left
            time.sleep(0.1)


def _slack_of(settings: Settings) -> SlackTable:
    """Return where requests go. Raises ``BadSettings`` where that is not said."""
    if settings.file.slack is None:
        raise BadSettings(("imgbot.toml: [slack] approvals_channel is not set: requests have nowhere to go.",))
    return settings.file.slack


def _signing(settings: Settings) -> Sign | None:
    """Return what signs checkpoints; None where no key is given. Raises ``BadSettings`` where it is none."""
    environment = settings.environment
    value, file = environment.imgbot_checkpoint_key, environment.imgbot_checkpoint_key_file
    if value is None and file is None:
        return None
    from bot.signing import BadKey, signed, signer_key  # noqa: PLC0415 -- 7 MB that a bot without a key does without

    try:
        key = signer_key(secret(value, file, "IMGBOT_CHECKPOINT_KEY").get_secret_value())
    except BadKey as error:
        raise BadSettings((f"IMGBOT_CHECKPOINT_KEY: {error}",)) from error
    log.info("checkpoints are signed", key=str(key.verifier))
    return partial(signed, key=key)


def _joined(loops: Iterable[Loop], until: float) -> list[str]:
    """Wait for loops to end, and return the names of those that have not."""
    return [loop.name for loop in loops if not loop.join(max(until - time.monotonic(), 0.01))]


def _tidying_loops(made: Flows) -> tuple[Loop, ...]:
    """Return the loops that go by time alone: what they look for comes with no delivery."""
    tidying = {
        "outage": made.outages.due,
        "orphans": made.recover.elsewhere,
        "expire": made.expire.due,
        "remind": made.remind.due,
        "checkpoint": made.checkpoints.due,
    }
    tidying |= {f"recover-{host}": partial(made.recover.on, host) for host in made.recover.daemons}
    tidy = [Loop(name, partial(_quietly, work), every=TIDY_EVERY) for name, work in tidying.items()]
    beat = Loop("beat", partial(_quietly, made.beat.due), every=CATCH_UP_EVERY)
    undoing = [
        Loop(f"undo-{each.daemon.host}", partial(_quietly, each.due), every=CATCH_UP_EVERY) for each in made.undoing
    ]
    groups = Loop("groups", partial(_quietly, made.groups.all), every=GROUPS_EVERY)
    verify = Loop("verify", partial(_quietly, made.prove.nightly), every=VERIFY_EVERY)
    looks = [Loop(f"look-{watch.host}", watch.due, every=CATCH_UP_EVERY) for watch in made.watches]
    forget = Loop("forget", partial(_quietly, made.receive.forget), every=FORGET_EVERY)
    return (*tidy, beat, *undoing, groups, verify, *looks, forget)


def _quietly(work: Callable[[], None]) -> bool:
    work()
    return False
