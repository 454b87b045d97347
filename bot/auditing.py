"""The command line's ``audit``: whether the record is as it was written."""

import json
import sys

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot import app
from bot.approval.proof import Occasion
from bot.audit.chain import START, Broken, Head, Verified, head_text
from bot.db.store import Store
from bot.flows.proving import put_on_record
from bot.flows.verify import verified
from bot.terminal import HEAD, plainly, settings_of


@click.group()
def audit() -> None:
    """Prove the record."""


@audit.command()
@click.option("--since", type=HEAD, default=START, help="Read only what came after this checkpoint.")
@click.option("--expect", type=HEAD, multiple=True, help="A checkpoint that the record must hold. May be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_context
@plainly
def verify(context: click.Context, since: Head, expect: tuple[Head, ...], as_json: bool) -> None:  # noqa: FBT001 -- click passes flags by name
    """Read the whole record, and say whether every event and every removal record is as it was written.

    Exit code 1 where one is not (the first such event is named), or where a trigger that guards them is missing. What
    somebody has rewritten from the beginning on shows only against a checkpoint that was noted elsewhere, such as in
    the audit channel. What was found is put on record, and after a failure the bot removes nothing until somebody who
    may decide has acknowledged it (/img verify).
    """
    if any(head.sequence < since.sequence for head in expect):
        raise click.UsageError("What is expected comes before --since, and would not be read.")
    store, unguarded = app.audited_store(settings_of(context))
    found = _read(store, since, expect)
    typed = since != START or expect
    if isinstance(found, Verified) or not typed or isinstance(_read(store, START, ()), Broken):
        _write(store, found)
    else:  # what was typed is not what the record holds: that may be mistyped, or another bot's
        click.echo("The record by itself is as it was written, so this is not put on record.", err=True)
    for fault in unguarded:
        click.echo(fault, err=True)
    if as_json:
        click.echo(json.dumps(_json(found), indent=2))
    else:
        click.echo(said(found), err=isinstance(found, Broken))
    if isinstance(found, Broken) or unguarded:
        sys.exit(1)


def _read(store: Store, since: Head, expect: tuple[Head, ...]) -> Verified | Broken:
    columns = (TextColumn("Verifying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with store.reading() as reading, Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=max(reading.head()[0] - since.sequence, 0))
        return verified(reading, since=since, known=expect, told=lambda count: progress.advance(task, count))


def _write(store: Store, found: Verified | Broken) -> None:
    """Put it on record, where the record takes it. A running bot then announces a failure, and removes nothing."""
    try:
        put_on_record(store, found, app.now, Occasion.COMMAND_LINE)
    except Exception as error:  # noqa: BLE001 -- a database that is read only, or that is no longer whole: told all the same
        click.echo(f"This is not on record: {str(error).splitlines()[0]}", err=True)


def said(found: Verified | Broken) -> str:
    """Return what came of it, as a sentence."""
    if isinstance(found, Broken):
        return f"Event {found.sequence}: {found.why}"
    return f"{found.count} events are as they were written. The newest: {head_text(found.head)}"


def _json(found: Verified | Broken) -> dict[str, str | int | bool]:
    if isinstance(found, Broken):
        return {"verified": False, "event": found.sequence, "why": found.why}
    return {"verified": True, "events": found.count, "head": head_text(found.head)}
