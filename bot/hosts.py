"""``imgbot hosts``: every host as it is now: how it is reached, what it runs, what it holds, when it was heard last."""

import dataclasses
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import click
import humanize
from rich.table import Table
from rich.text import Text

from bot import app, printing
from bot.db import database
from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import ANSWER_WITHIN
from bot.flows.abreast import Abreast
from bot.flows.hosts_of import EVERY_HOST, hosts_of, no_group, several
from bot.flows.ports import Unreachable
from bot.images.usage import Share, usage
from bot.settings import BadSettings, Settings
from bot.terminal import plainly, settings_of

_HEADINGS = ("HOST", "GROUPS", "ANSWERS", "DOCKER", "STORE", "IMAGES", "DISK", "IN NO USE", "HEARD", "ADDRESS")
_UNKNOWN = "?"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HostNow:
    """A host. ``why`` says why it did not answer: then ``heard_at`` is when the bot looked at it last, None if never.

    ``disk`` are the bytes that all of its layers take; ``idle`` what no container uses, with the bytes that no other
    image has. Bytes are None where they are not known.
    """

    host: str
    groups: tuple[str, ...]
    address: str
    heard_at: datetime | None
    why: str = ""
    version: str = ""
    store: str = ""
    images: int | None = None
    containers: int | None = None
    disk: int | None = None
    idle: Share | None = None


@click.command()
@click.option("-H", "--host", default=EVERY_HOST, help="One host, or @GROUP; without it, all.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_context
@plainly
def hosts(context: click.Context, host: str, *, as_json: bool) -> None:
    """Print every host: whether it answers, version, store, images, disk, and when it was heard last.

    The exit code is 1 where a host does not answer; why is said on stderr, and all others are listed all the same.
    """
    settings = settings_of(context)
    daemons, groups = app.daemons(settings), app.host_groups(settings)
    wanted = hosts_of(host, daemons, groups) if several(host) else tuple(name for name in daemons if name == host)
    if not wanted:
        raise click.ClickException(_no_host(host, daemons, groups))
    heard = _heard(settings)
    found = list(_each(settings, {name: daemons[name] for name in wanted}, heard or {}))
    if as_json:
        click.echo(json.dumps([_json(each) for each in found], indent=2))
    else:
        _print(found, never=_UNKNOWN if heard is None else "never")
    sys.exit(any(each.why for each in found))


def _no_host(word: str, known: Mapping[str, Daemon], groups: Mapping[str, tuple[str, ...]]) -> str:
    if several(word):
        return " ".join(no_group(word, groups))
    return f'There is no host "{word}". I know {", ".join(known)}.'


def _each(settings: Settings, daemons: Mapping[str, Daemon], heard: Mapping[str, datetime]) -> Iterator[HostNow]:
    """Look at the hosts side by side, each for as long as its own time-out."""
    waits = {name: host.timeout for name, host in settings.file.hosts.items()}
    looking = Abreast(lambda name: _look(daemons[name]), lambda name: waits.get(name, ANSWER_WITHIN))
    groups = app.host_groups(settings)
    for name, looked in looking.each(tuple(daemons)):
        if isinstance(looked, HostNow):
            made = looked
        else:
            why = f"{name} did not answer in its time." if looked is None else looked.why
            made = HostNow(host=name, groups=(), address=daemons[name].address, heard_at=heard.get(name), why=why)
        yield dataclasses.replace(made, groups=tuple(group for group, names in groups.items() if name in names))


def _look(daemon: Daemon) -> HostNow | Unreachable:
    inventory = daemon.inventory()
    if isinstance(inventory, Unreachable):
        return inventory
    inventory = daemon.measured(inventory, inventory.images)
    held = usage(inventory)
    return HostNow(
        host=daemon.host,
        groups=(),
        address=daemon.address,
        heard_at=app.now(),
        version=inventory.version,
        store=inventory.store.value,
        images=held.whole.images,
        containers=held.containers,
        disk=daemon.used(),
        idle=held.idle,
    )


def _heard(settings: Settings) -> Mapping[str, datetime] | None:
    """Return when the bot looked at each host last; None, and why on stderr, where the database cannot be read."""
    try:
        store = app.reading_store(settings)
    except (database.Unavailable, BadSettings) as error:
        click.echo(f"imgbot: when hosts were heard last is not known: {error}", err=True)
        return None
    try:
        with store.reading() as reading:
            return reading.looked_at()
    finally:
        store.close()


def _print(found: Sequence[HostNow], *, never: str) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in _HEADINGS:
        table.add_column(heading, overflow="fold")
    for each in found:
        table.add_row(*map(Text, _cells(each, never)))
    printing.console_on(sys.stdout).print(table)
    for each in found:
        if each.why:
            click.echo(f"imgbot: {each.why}", err=True)


def _cells(told: HostNow, never: str) -> Iterator[str]:
    """Yield the cells of a host's row; *never* stands where it is not known when it was heard."""
    yield told.host
    yield " ".join(f"@{group}" for group in told.groups)
    yield "no" if told.why else "yes"
    yield told.version
    yield told.store
    yield "" if told.images is None else f"{told.images:,}"
    yield "" if told.why else _bytes(told.disk)
    yield "" if told.idle is None else f"{told.idle.images:,} ({_bytes(told.idle.bytes)})" if told.idle.images else "0"
    yield (never if told.heard_at is None else f"{told.heard_at:%Y-%m-%d %H:%M}") if told.why else "now"
    yield told.address


def _bytes(known: int | None) -> str:
    return _UNKNOWN if known is None else humanize.naturalsize(known)


def _json(told: HostNow) -> dict[str, object]:
    """Return a host for programs; keys are only ever added."""
    made = dataclasses.asdict(told)
    return made | {"answers": not told.why, "heard_at": told.heard_at.isoformat() if told.heard_at else None}
