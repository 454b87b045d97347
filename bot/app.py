"""Everything put together: the only file that knows all packages."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType

import sqlalchemy as sa

from bot.approval.conditions import Requesters
from bot.approval.policy import Policies
from bot.approval.request import Token
from bot.audit.chain import Broken
from bot.db import database
from bot.db.store import Arrived, Delivery, Store
from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import BadEndpoint, Endpoint, endpoint, local_endpoint, of_context
from bot.flows import ports
from bot.flows.announce import HELD as ANNOUNCED_WITHIN
from bot.flows.announce import Announce
from bot.flows.ask import Ask
from bot.flows.beat import LEASE, Beat
from bot.flows.checkpoint import EVENTS, Checkpoints, Sign
from bot.flows.choose import Choosing
from bot.flows.decide import Decide
from bot.flows.duty import Duty
from bot.flows.expire import Expire
from bot.flows.fleet_decide import DecideFleet
from bot.flows.give import Give
from bot.flows.groups import Groups
from bot.flows.homes import Homes
from bot.flows.hosts_of import Groups as HostGroups
from bot.flows.late import Say
from bot.flows.look import Look
from bot.flows.outage import TellOutages
from bot.flows.overview import Overview, no_lines
from bot.flows.pace import SECOND, Pace
from bot.flows.planning import Planner
from bot.flows.ports import Clock, Conversation, Daemons, Delivered, Directory
from bot.flows.proving import Prove, Witness
from bot.flows.publish import HELD, Publish
from bot.flows.receive import Receive
from bot.flows.recent import Recent
from bot.flows.recover import Recover
from bot.flows.registries import Registries
from bot.flows.remind import Remind
from bot.flows.remove import Remove
from bot.flows.undo import Undoing
from bot.flows.verify import verified
from bot.flows.views import Views
from bot.flows.watch import Watch
from bot.flows.waves import Waves
from bot.flows.windows import windows_of
from bot.settings import LOCAL, BadSettings, HostTable, Settings, secret
from bot.slack import payloads

VERIFIES_FOR = timedelta(hours=1)
"""How long verifying every event may take before another replica does it too."""
LOOK_EVERY = timedelta(minutes=10)
"""How often a host is looked at for what left it by no request."""


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def daemons(settings: Settings) -> Mapping[str, Daemon]:
    """Return the configured daemons, or the one that the docker command would talk to. Connects to none of them."""
    may_remove = settings.file.mode == "active"
    try:
        if not settings.file.hosts:
            return {LOCAL: Daemon(LOCAL, local_endpoint(), may_remove=may_remove)}
        return {
            name: Daemon(
                name,
                _reached(host),
                may_remove=may_remove,
                asks_registries=host.registry == "ask",
            )
            for name, host in settings.file.hosts.items()
        }
    except BadEndpoint as error:
        raise BadSettings((str(error),)) from error


def host_groups(settings: Settings) -> HostGroups:
    """Return the hosts of each group, as the file has them."""
    hosts = settings.file.hosts
    names = dict.fromkeys(group for host in hosts.values() for group in host.groups)
    return {group: tuple(name for name, host in hosts.items() if group in host.groups) for group in names}


def _reached(host: HostTable) -> Endpoint:
    """Return how the daemon of a host is reached. Raises ``BadEndpoint``."""
    if host.url is None:
        name = host.context or ""
        return of_context(name, timeout=host.timeout, at_once=host.at_once, ssh_config=host.ssh_config)
    return endpoint(
        host.url,
        timeout=host.timeout,
        certificates=host.certificates,
        at_once=host.at_once,
        ssh_config=host.ssh_config,
    )


def open_store(settings: Settings) -> Store:
    """Return the database, brought up to date."""
    engine = _engine(settings)
    database.upgrade(engine)
    if faults := database.check(engine):
        raise BadSettings(tuple(f"database: {fault}" for fault in faults))
    return Store(engine)


def reading_store(settings: Settings) -> Store:
    """Return the database for reading. It is not changed: a newer imgbot must not do that under a running older one."""
    engine = _engine(settings)
    file = database.file_of(engine)
    if file is not None and not file.exists():  # looking does not make one
        raise BadSettings((f"database: there is no {file}.", "`imgbot db upgrade` makes it."))
    if faults := database.check(engine):
        raise BadSettings(
            (*(f"database: {fault}" for fault in faults), "`imgbot db upgrade` makes it or brings it up to date.")
        )
    return Store(engine)


def audited_store(settings: Settings) -> tuple[Store, tuple[str, ...]]:
    """Return the database for reading, whatever was done to it, and what is wrong with its guards."""
    engine = _engine(settings)
    if faults := database.schema_faults(engine):
        raise BadSettings(tuple(f"database: {fault}" for fault in faults))
    return Store(engine), database.check(engine)


def database_faults(settings: Settings) -> tuple[str, ...]:
    """Return what is wrong with the database, without changing it: schema, triggers, events and records."""
    engine = _engine(settings)
    if faults := database.check(engine):
        return faults
    with Store(engine).reading() as reading:
        found = verified(reading)
    return (f"event {found.sequence}: {found.why}",) if isinstance(found, Broken) else ()


def _engine(settings: Settings) -> sa.Engine:
    return database.engine(database_url(settings))


def database_url(settings: Settings) -> str:
    """Return where the database is. Raises ``BadSettings`` where the file that says so cannot be read."""
    environment = settings.environment
    if environment.imgbot_database_url or environment.imgbot_database_url_file is None:
        return environment.imgbot_database_url or database.default_url()
    return secret(None, environment.imgbot_database_url_file, "IMGBOT_DATABASE_URL").get_secret_value()


def database_password(settings: Settings) -> str:
    """Return the database's password, to be kept out of logs; nothing where it has none."""
    return str(sa.make_url(database_url(settings)).password or "")


Read = Callable[[Delivery], Delivered | None]
"""Makes sense of what the edge committed."""
Write = Callable[[ports.Late, datetime], Arrived]
"""Makes of an answer that is late what is committed of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """What the loops call."""

    receive: Receive
    homes: Homes
    removes: tuple[Remove, ...]
    recover: Recover
    expire: Expire
    publish: Publish
    remind: Remind
    waves: Waves
    announce: Announce
    groups: Groups
    prove: Prove
    checkpoints: Checkpoints
    beat: Beat
    outages: TellOutages
    watches: tuple[Watch, ...]
    undoing: tuple[Undoing, ...]


def flows(  # noqa: PLR0913 -- what the bot is made of, named once and here
    *,
    store: Store,
    hosts: Daemons,
    policy: Policies,
    conversation: Conversation,
    directory: Directory,
    owner: str,
    lease: timedelta = LEASE,
    look_every: timedelta = LOOK_EVERY,
    message_pause: timedelta = SECOND,
    now: Clock = now,
    read: Read = payloads.read,
    written: Write = payloads.kept,
    checkpoint_every: int = EVENTS,
    sign: Sign | None = None,
    groups: Callable[[], HostGroups] = dict,
    patience: Mapping[str, timedelta] = MappingProxyType({}),
    ending: Callable[[], bool] = lambda: False,
    health: Callable[[], tuple[str, ...]] = no_lines,
) -> Flows:
    """Put the flows together."""
    duty = partial(Duty, store, owner=owner, now=now)
    people = Groups(store=store, directory=directory, policy=policy, now=now)
    ask = _ask(people, hosts, groups, patience)
    recover = Recover(store=store, daemons=hosts, now=now, owner=owner, alone=store.alone)
    decide = _decide(ask, recover=recover, groups=people, owner=owner, lease=lease)
    prove = _prove(people, duty("verify", lease=VERIFIES_FOR))
    look = Look(store=store, planner=ask.planner, now=now)
    homes = _homes(decide, conversation, read, duty("home", lease=lease), health)
    return Flows(
        receive=_receive(decide, Say(conversation=conversation, now=now, written=written), look, prove, homes),
        homes=homes,
        removes=tuple(_remove(daemon, decide, ending) for daemon in hosts.values()),
        recover=recover,
        expire=Expire(store=store, now=now),
        publish=_publish(decide, conversation, message_pause),
        remind=Remind(store=store, now=now),
        waves=Waves(store=store, now=now),
        announce=_announce(decide, conversation, message_pause),
        groups=people,
        prove=prove,
        checkpoints=Checkpoints(store=store, now=now, witness=prove.witness, events=checkpoint_every, sign=sign),
        outages=TellOutages(store=store, now=now, owner=owner),
        beat=Beat(store=store, now=now, owner=owner, lease=lease),
        undoing=tuple(_undoing(daemon, decide, alone=store.alone) for daemon in hosts.values()),
        watches=tuple(_watch(daemon, decide, look_every, lease) for daemon in hosts.values()),
    )


def _ask(people: Groups, hosts: Daemons, groups: Callable[[], HostGroups], patience: Mapping[str, timedelta]) -> Ask:
    policy, now = people.policy, people.now
    return Ask(
        store=people.store,
        planner=Planner(
            daemons=hosts,
            protections=lambda: policy().protections,
            registries=Registries(now=now),
            groups=groups,
            windows=windows_of(people.store),
        ),
        policy=policy,
        group=Requesters(members=people.members, settled=people.settled),
        now=now,
        new_token=new_token,
        patience=patience,
    )


def _decide(ask: Ask, *, recover: Recover, groups: Groups, owner: str, lease: timedelta) -> Decide:
    return Decide(
        store=ask.store,
        planner=ask.planner,
        directory=groups.directory,
        groups=groups,
        ask=ask,
        recover=recover,
        now=ask.now,
        owner=owner,
        lease=lease,
    )


def _prove(groups: Groups, duty: Duty) -> Prove:
    return Prove(
        store=groups.store,
        directory=groups.directory,
        groups=groups,
        policy=groups.policy,
        now=groups.now,
        witness=Witness(),
        mine=duty.mine,
    )


def _publish(decide: Decide, conversation: Conversation, rests: timedelta) -> Publish:
    return Publish(
        store=decide.store,
        conversation=conversation,
        now=decide.now,
        owner=decide.owner,
        held=min(HELD, decide.lease),
        rests=rests,
        channel=Pace(rests),
    )


def _announce(decide: Decide, conversation: Conversation, rests: timedelta) -> Announce:
    held = min(ANNOUNCED_WITHIN, decide.lease)
    return Announce(store=decide.store, conversation=conversation, now=decide.now, held=held, pace=Pace(rests))


def _watch(daemon: ports.Daemon, decide: Decide, every: timedelta, lease: timedelta) -> Watch:
    duty = Duty(decide.store, f"watch {daemon.host}", owner=decide.owner, now=decide.now, lease=lease)
    return Watch(daemon=daemon, store=decide.store, now=decide.now, every=every, mine=duty.mine)


def _homes(
    decide: Decide, conversation: Conversation, read: Read, duty: Duty, health: Callable[[], tuple[str, ...]]
) -> Homes:
    recent = Recent(decide.planner.daemons, decide.now)
    overview = Overview(
        store=decide.store,
        policy=decide.ask.policy,
        groups=decide.groups,
        recent=recent,
        now=decide.now,
        health=health,
        host_groups=decide.planner.groups,
    )
    homes = Homes(
        store=decide.store,
        conversation=conversation,
        directory=decide.directory,
        overview=overview,
        read=read,
        now=decide.now,
        mine=duty.mine,
    )
    recent.tell(homes.looked)
    return homes


def _receive(decide: Decide, say: Say, look: Look, prove: Prove, homes: Homes) -> Receive:
    conversation = say.conversation
    return Receive(
        store=decide.store,
        conversation=conversation,
        directory=decide.directory,
        read=homes.read,
        ask=decide.ask,
        decide=decide,
        fleets=DecideFleet(decide=decide, planner=decide.ask.fleets.planner),
        look=look,
        homes=homes,
        views=Views(
            store=decide.store,
            choosing=Choosing(planner=decide.planner, recent=homes.overview.recent),
            now=decide.now,
        ),
        say=say,
        give=Give(store=decide.store, conversation=conversation, now=decide.now),
        prove=prove,
        groups=decide.groups,
        now=decide.now,
        owner=decide.owner,
        lease=decide.lease,
    )


def _remove(daemon: ports.Daemon, decide: Decide, ending: Callable[[], bool]) -> Remove:
    return Remove(
        store=decide.store,
        planner=decide.planner,
        daemon=daemon,
        policy=decide.ask.policy,
        group=decide.ask.group,
        recover=decide.recover,
        now=decide.now,
        owner=decide.owner,
        lease=decide.lease,
        ending=ending,
    )


def _undoing(daemon: ports.Daemon, decide: Decide, *, alone: bool) -> Undoing:
    return Undoing(
        store=decide.store,
        daemon=daemon,
        now=decide.now,
        owner=decide.owner,
        alone=alone,
        lease=decide.lease,
        observes=lambda: decide.ask.policy().observes,
    )


def new_token() -> Token:
    """Return what a button carries: nobody can guess it."""
    return Token(secrets.token_urlsafe(24))
