"""The record on the command line: ``imgbot history``, ``imgbot show`` and ``imgbot stats``."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

import click
from rich.console import Console

from bot import app, for_programs, printing
from bot.approval.fleet import Fleet
from bot.approval.notes import RecordRead
from bot.approval.request import RequestId
from bot.audit.chain import Head, head_text
from bot.audit.course import Course
from bot.audit.evidence import evidence
from bot.audit.qualifiers import query_of
from bot.audit.query import Query, Subject, subject
from bot.command.forms import PERIODS
from bot.command.grammar import History, NotUnderstood, Show, Stats, render
from bot.db.reading import Entry, number_of
from bot.db.store import Reading, RecordedEvent, Store
from bot.flows.exporting import entry_json, lines
from bot.flows.give import reaching
from bot.flows.uploads import Format
from bot.slack import chart
from bot.terminal import plainly, reader, settings_of

_NEGATED = re.compile(r"-[a-z]+:.+", re.DOTALL)


class Asking(click.Command):
    """A command that takes ``-host:web-3`` for a word, and not for the option ``-h``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put such words where no option is looked for."""
        end = args.index("--") if "--" in args else len(args)
        words = [word for word in args[:end] if _NEGATED.fullmatch(word)]
        options = [word for word in args[:end] if word not in words]
        return super().parse_args(ctx, [*options, "--", *words, *args[end + 1 :]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged:
    """Which part of what is found is wanted."""

    limit: int
    before: int | None
    after: int | None


@click.command(cls=Asking)
@click.argument("words", nargs=-1, metavar="[QUALIFIER|WORD]...")
@click.option("--json", "form", flag_value="json", help="Print a JSON list.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV: all that is found, from the newest to the oldest.")
@click.option("--jsonl", "form", flag_value="jsonl", help="Print JSON Lines, all that is found as well.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many records on a page."
)
@click.option("--before", type=int, metavar="NUMBER", help="The page of records older than this one.")
@click.option("--after", type=int, metavar="NUMBER", help="The page of records next newer than this one.")
@click.pass_context
@plainly
def history(  # noqa: PLR0913, PLR0917 -- an argument for each option, by name
    context: click.Context,
    words: tuple[str, ...],
    form: str | None,
    output: Path | None,
    limit: int,
    before: int | None,
    after: int | None,
) -> None:
    """Print what was removed, newest first: names, image IDs, layers, who asked and who approved.

    WORDS are found anywhere. QUALIFIERS are who: approver: host: image: tag: id: digest: layer: status: reason: freed:
    since: until: via:, with - before them for everything else. status:rejected and the like find requests that removed
    nothing, status:refused finds clicks and commands that were refused. For example:

      imgbot history image:redis host:web-3 since:7d 'freed:>1GB' -via:external
    """
    query = query_of(words, app.now())
    if isinstance(query, NotUnderstood):
        raise click.ClickException(f"{query.message} {query.hint}".rstrip())
    streamed = None if form in {None, "json"} else Format(form)
    if streamed is not None and (before, after) != (None, None):
        raise click.ClickException(f"--{form} has all that is found: narrow it down by since: and until: instead.")
    paged = Paged(limit=limit, before=before, after=after)
    store = app.reading_store(settings_of(context))
    _noted(store, _typed(context, words, paged))
    with store.reading() as reading, _opened(output) as file:
        if streamed is not None:
            file.writelines(lines(reading, query, streamed))
        else:
            _print_page(reading, query, paged, file, as_json=form == "json")


def _typed(context: click.Context, words: Sequence[str], paged: Paged) -> str:
    place = f" --before {paged.before}" if paged.before else f" --after {paged.after}" if paged.after else ""
    form = context.params.get("form")
    return f"{render(History(words=tuple(words)))}{place}{f' --{form}' if form else ''}"


def _noted(store: Store, query: str) -> None:
    """Put on record that somebody asks it. Who may only read the database is told that this is not on record."""
    if why := store.noted(RecordRead(at=app.now(), by=None, query=query, user=reader())):
        click.echo(f"imgbot: that you asked is not put on record: {why}", err=True)


@contextmanager
def _opened(output: Path | None) -> Iterator[IO[str]]:
    if output is None:
        yield sys.stdout
        return
    try:
        with output.open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}.") from error


def _print_page(reading: Reading, query: Query, paged: Paged, file: IO[str], *, as_json: bool) -> None:
    records = reading.asked(query, limit=paged.limit, before=paged.before, after=paged.after)
    if as_json:
        click.echo(json.dumps([entry_json(record) for record in records], indent=2), file)
        return
    console = printing.console_on(file)
    if records and paged.before is None and paged.after is None and subject(query) is Subject.RECORDS:
        printing.summary(console, reading.summary(query))
    printing.history(console, records)
    if older := _older(reading, query, records):
        click.echo(f"Older: --before {older}", file)
    if records and not (paged.before is None and paged.after is None):
        click.echo(f"Newer: --after {number_of(records[0])}", file)


def _older(reading: Reading, query: Query, records: Sequence[Entry]) -> int | None:
    """Return where the next page begins, None where there is none."""
    last = number_of(records[-1]) if records else None
    return last if last is not None and reading.asked(query, limit=1, before=last) else None


@click.command()
@click.argument("request_id", type=int, metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.option(
    "--evidence",
    "proof",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write its events and all between them to this file, for docs/check_evidence.py.",
)
@click.option("--through", type=int, metavar="EVENT", help="With --evidence: up to this event, such as a posted head.")
@click.pass_context
@plainly
def show(context: click.Context, request_id: int, as_json: bool, proof: Path | None, through: int | None) -> None:
    """Print one request: what was planned, who decided, what happened, what went."""
    if proof is None and through is not None:
        raise click.UsageError("--through says how far --evidence goes, and needs it.")
    store = app.reading_store(settings_of(context))
    _noted(store, f"{render(Show(request=request_id))}{' --evidence' if proof else ''}")
    with store.reading() as reading:
        request = reading.request(RequestId(request_id))
        fleet = reading.fleet(RequestId(request_id)) if request is None else None
        if fleet is not None:
            _print_fleet(fleet, proof, as_json=as_json)
            return
        if request is None:
            raise click.ClickException(f"There is no request {request_id}. `imgbot history` shows the newest.")
        timeline = reading.timeline(request.id)
        records, restorals = reading.records_of(request.id), reading.restorals_of(request.id)
        if proof is not None:
            _write_evidence(reading, request.id, timeline, proof, through)
            return
    if as_json:
        click.echo(json.dumps(for_programs.request_json(request, timeline, records, restorals), indent=2))
    else:
        printing.request(Console(), request, timeline, records, restorals)


def _print_fleet(fleet: Fleet, proof: Path | None, *, as_json: bool) -> None:
    if proof is not None:
        first = fleet.members[0].id
        told = f"Request {fleet.number} is for several hosts, and each of them has evidence of its own:"
        raise click.ClickException(
            f"{told} imgbot show {first} --evidence {proof}, and so on to {fleet.members[-1].id}."
        )
    if as_json:
        click.echo(json.dumps(for_programs.fleet_json(fleet), indent=2))
    else:
        printing.fleet(Console(), fleet)


def _write_evidence(
    reading: Reading, request_id: RequestId, timeline: Sequence[RecordedEvent], file: Path, through: int | None
) -> None:
    first, last = timeline[0].sequence, timeline[-1].sequence
    reached = reaching(reading, request_id, timeline)
    newest, _ = reading.head()
    if through is not None and not last <= through <= newest:
        raise click.ClickException(f"--through takes an event from {last}, its last one, to {newest}, the newest.")
    with _opened(file) as opened:
        opened.writelines(evidence(request_id, reading.chain(first - 1), through or reached.last.sequence))
    end = reached.last if through is None else _head_at(reading, through)
    click.echo(f"To check it without imgbot: python3 check_evidence.py {file} {head_text(end)}", err=True)
    if through is None and not reached.posted:
        click.echo("No head after it was posted yet: after the next checkpoint it can be held against that.", err=True)


def _head_at(reading: Reading, sequence: int) -> Head:
    event = next(iter(reading.chain(sequence - 1)))
    return Head(sequence=event.fields.sequence, hash=event.hash)


@click.command()
@click.argument("period", type=click.Choice(tuple(PERIODS)), default="month")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.option(
    "--chart",
    "picture",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.png",
    help="Write a picture of what was freed when, by host, to this file.",
)
@click.pass_context
@plainly
def stats(context: click.Context, period: str, as_json: bool, picture: Path | None) -> None:
    """Print what was removed and freed in the last PERIOD: by host, person and repository; and how good plans were."""
    store = app.reading_store(settings_of(context))
    _noted(store, render(Stats(period=period)))
    now = app.now()
    since = now - timedelta(days=PERIODS[period])
    with store.reading() as reading:
        found, course = reading.stats(since), reading.course(since, now)
    if picture is not None:
        _write_picture(course, period, picture)
        return
    if as_json:
        told = asdict(found) | {"since": found.since.isoformat(), "requests": dict(found.requests)}
        click.echo(json.dumps(told, indent=2))
    else:
        printing.stats(Console(), period, found)


def _write_picture(course: Course, period: str, file: Path) -> None:
    if not course.hosts:
        raise click.ClickException(f"Nothing was freed in the last {period}, so there is nothing to draw.")
    try:
        file.write_bytes(chart.drawn(course, period))
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from error
    click.echo(chart.alternative(course, period))
