"""The command line's ``audit``: whether the record is as it was written."""

import json
import os
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot import app
from bot.approval.proof import Occasion
from bot.audit.chain import START, Broken, Head, Verified, head_text
from bot.audit.checkpoint import checkpoint_of
from bot.audit.signed import NotSigned, VerifierKey, is_name, signer_text, verifier_key
from bot.db.store import Store
from bot.flows.proving import put_on_record
from bot.flows.verify import verified
from bot.signing import new_key, text_of
from bot.terminal import HEAD, plainly, reader, settings_of


@click.group()
def audit() -> None:
    """Prove the record."""


@audit.command()
@click.option("--name", default="imgbot", show_default=True, help="Who signs: without spaces and plus signs.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@plainly
def key(name: str, file: Path) -> None:
    """Make a key that signs checkpoints, in FILE, and print the key by which everybody can check them.

    Give FILE to the bot as IMGBOT_CHECKPOINT_KEY_FILE, and to nobody else. What is printed is no secret: keep it where
    whoever checks will find it.
    """
    if not is_name(name):
        raise click.UsageError(f'"{name}" has a space, a plus sign or another character that no name has.')
    made = new_key(name)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be made: {error.strerror}.") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        opened.write(f"{signer_text(made)}\n")
    click.echo(str(made.verifier))


class _KeyType(click.ParamType[VerifierKey]):
    """A key that checks signatures."""

    name = "KEY"

    def convert(self, value: object, param: click.Parameter | None, context: click.Context | None) -> VerifierKey:
        """Return the key, or say how one is written."""
        found = value if isinstance(value, VerifierKey) else verifier_key(str(value))
        if found is None:
            self.fail("A key is NAME+ID+BASE64, as `imgbot audit key` printed it.", param, context)
        return found


def _signed_head(path: str, key: VerifierKey) -> Head:
    """Return the head of a checkpoint that *key* signed, or say why it does not count."""
    try:
        with click.open_file(path, encoding="utf-8") as file:
            text = text_of(file.read(), key)
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path} cannot be read: {error}.") from error
    if isinstance(text, NotSigned):
        raise click.ClickException(f"The checkpoint does not count. {text.why}")
    head = checkpoint_of(text)
    if head is None:
        raise click.ClickException(f"{key.name} signed it, and it is no checkpoint of a record.")
    return head


@audit.command()
@click.option("--since", type=HEAD, default=START, help="Read only what came after this checkpoint.")
@click.option("--expect", type=HEAD, multiple=True, help="A checkpoint that the record must hold. May be repeated.")
@click.option(
    "--checkpoint",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="A signed checkpoint that the record must hold.",
)
@click.option("--key", type=_KeyType(), help="The key that checks its signature.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_context
@plainly
def verify(
    context: click.Context,
    since: Head,
    expect: tuple[Head, ...],
    checkpoint: str | None,
    key: VerifierKey | None,
    as_json: bool,  # noqa: FBT001 -- as above
) -> None:
    """Read the whole record, and say whether every event and every removal record is as it was written.

    Exit code 1 where one is not (the first such event is named), or where a trigger that guards them is missing. What
    somebody has rewritten from the beginning on shows only against a checkpoint that was noted elsewhere, such as in
    the audit channel: --expect, or where checkpoints are signed --checkpoint and --key. What was found is
    put on record, and after a failure the bot removes nothing until somebody who may decide has acknowledged it
    in Slack (verify).
    """
    if (checkpoint is None) != (key is None):
        raise click.UsageError("--checkpoint needs --key, and --key needs --checkpoint.")
    if checkpoint and key:
        expect = (*expect, _signed_head(checkpoint, key))
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
        put_on_record(store, found, app.now, Occasion.COMMAND_LINE, user=reader())
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
