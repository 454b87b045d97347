"""What every command of the command line shares: settings, a look at a host, and errors in one sentence."""

import getpass
import os
import socket
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

import click

from bot import app, logs
from bot.audit.chain import Head, head_of
from bot.db import database
from bot.db.fields import Unreadable
from bot.flows.planning import NotPlanned, Planner
from bot.flows.ports import Daemon
from bot.flows.windows import Windows, dated, windows_of
from bot.images.inventory import Inventory
from bot.images.reference import Reference
from bot.settings import BadSettings, Settings, load
from bot.slack.naming import Naming

P = ParamSpec("P")
R = TypeVar("R")


class _HeadType(click.ParamType[Head]):
    """A head as it was posted."""

    name = "SEQ:HASH"

    def convert(self, value: object, param: click.Parameter | None, context: click.Context | None) -> Head:
        """Return the head, or say how one is written."""
        found = value if isinstance(value, Head) else head_of(str(value))
        if found is None:
            self.fail("A checkpoint is the number of an event, a colon and its hash of 64 digits.", param, context)
        return found


HEAD = _HeadType()


def plainly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn what may go wrong outside into one sentence on stderr and exit code 1."""

    @wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except BadSettings as error:
            raise click.ClickException("\n".join(error.faults)) from error
        except (database.Unavailable, Unreadable) as error:
            raise click.ClickException(str(error)) from error

    return guarded


def reader() -> str:
    """Return who types, as it is put on record: the account, or its number where it has no name, and the machine."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):  # a container's may have none
        account = str(os.getuid())
    return f"{account}@{socket.gethostname()}"


def settings_of(context: click.Context) -> Settings:
    """Return the settings that a command is given, and set up the logs as they say."""
    settings = load(context.find_root().obj)
    logs.configure(context.meta.get("log_format") or settings.environment.imgbot_log_format)
    return settings


def in_words(settings: Settings, told: str) -> str:
    """Return a sentence with the slash command as it is called in the workspace."""
    slack = settings.file.slack
    return Naming(command=slack.command).text(told) if slack else told


def looked(settings: Settings, host: str | None) -> tuple[Daemon, Inventory]:
    """Return the daemon of a host and what it holds, or say why not."""
    found = Planner(daemons=app.daemons(settings)).look(host)
    if isinstance(found, NotPlanned):
        raise click.ClickException(in_words(settings, f"{found.why} {found.hint}".rstrip()))
    daemon, inventory = found
    return daemon, dated(inventory, windows(settings))


def windows(settings: Settings) -> Windows:
    """Return what looks up when undo windows end; it knows of none where no record can be read: a plan needs none."""

    def ends(guards: Collection[Reference]) -> Mapping[str, datetime]:
        try:
            return windows_of(app.reading_store(settings))(guards)
        except (BadSettings, database.Unavailable, Unreadable):
            return {}

    return ends
