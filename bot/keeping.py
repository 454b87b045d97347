"""The command line's ``db``: the database is brought up to date, checked, backed up, got back and moved."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

import bot
from bot import app
from bot.audit.chain import Head, head_text
from bot.db.rows import Begin
from bot.flows import keeping
from bot.flows.gaps import missing
from bot.flows.keeping import Kept, Wanted
from bot.terminal import HEAD, plainly, reader, settings_of

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def db() -> None:
    """Keep the database: up to date, checked, backed up, restored, moved."""


@db.command()
@click.pass_context
@plainly
def upgrade(context: click.Context) -> None:
    """Bring the database up to date. `serve` does this by itself."""
    app.open_store(settings_of(context))
    click.echo("The database is up to date.")


@db.command()
@click.pass_context
@plainly
def check(context: click.Context) -> None:
    """Say what is wrong with the database; exit code 1 where something is."""
    faults = app.database_faults(settings_of(context))
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        sys.exit(1)
    click.echo("The database is up to date and complete.")


@db.command()
@click.option("--force", is_flag=True, help="Replace FILE where it is there already, once the new one is whole.")
@click.argument("file", type=FILE)
@click.pass_context
@plainly
def backup(context: click.Context, file: Path, force: bool) -> None:
    """Write the whole database, as it is at one moment, to FILE. The bot may go on meanwhile.

    FILE is whole or not there: it is read again and the record in it verified first. It can be restored to SQLite and
    to PostgreSQL, whichever it came from. What is printed last is the newest event in it, as --expect takes it: keep
    that elsewhere.
    """
    url = app.database_url(settings_of(context))
    with _bar() as begin:
        kept = keeping.back_up(
            url, file, user=reader(), replace=force, now=app.now, version=bot.__version__, begin=begin
        )
    _unnoted(kept)
    click.echo(f"{file} is whole: {sum(kept.rows.values())} rows, up to event {kept.head.sequence}.", err=True)
    click.echo(head_text(kept.head))


@db.command()
@click.option("--expect", type=HEAD, help="The newest checkpoint that was posted: says how much is missing.")
@click.option("--replace", is_flag=True, help="Replace a SQLite file that is not empty, and keep it aside.")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
@plainly
def restore(context: click.Context, file: Path, expect: Head | None, replace: bool) -> None:
    """Make the database of FILE, which `imgbot db backup` wrote. No bot may be running on it.

    The database is empty or not there yet, or a SQLite file with --replace. Every row is held against what was backed
    up, and the record is verified, before anything counts. It is put on record that a backup was restored and which
    events are missing, and the audit channel is told at the next start. What was approved and not begun is void.
    """
    url = app.database_url(settings_of(context))
    wanted = Wanted(user=reader(), replace=replace, expect=expect)
    with _bar() as begin:
        found = keeping.restore(file, url, wanted, now=app.now, begin=begin)
    if found.aside:
        click.echo(f"What was there before is kept as {found.aside}.", err=True)
    click.echo(f"The database is restored up to event {found.restored.sequence}. {missing(found.restored)}", err=True)
    click.echo(head_text(found.head))


@db.command(name="copy")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@plainly
def copy_(source: str, target: str) -> None:
    """Copy the whole record FROM one database TO an empty one, by URL: sqlite:///path or postgresql://user@host/name.

    No bot may be running on either. The copy is verified, and has the same hashes; what is printed last is its newest
    event. Where it is interrupted, nothing is there.
    """
    with _bar() as begin:
        kept = keeping.copy(source, target, user=reader(), now=app.now, begin=begin)
    _unnoted(kept)
    click.echo(f"{sum(kept.rows.values())} rows are copied, up to event {kept.head.sequence}.", err=True)
    click.echo(head_text(kept.head))


def _unnoted(kept: Kept) -> None:
    if kept.unnoted:
        click.echo(f"imgbot: that you took it is not put on record: {kept.unnoted}", err=True)


@contextmanager
def _bar() -> Iterator[Begin]:
    """Give what shows how far each part of the work is, on stderr."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:

        def begin(what: str, about: int) -> Callable[[int], None]:
            return partial(progress.advance, progress.add_task(what, total=about or None))

        yield begin
