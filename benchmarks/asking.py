"""How fast the record is asked and added to, at a size that takes years: ten questions, first page and deep page.

Each question is asked through the bot's own code, and what it sent to the database is then sent again by the driver
alone, in turn, in the same run.
"""

import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from benchmarks.filling import fill
from benchmarks.lives import WORDS
from benchmarks.machine import processor, table
from bot.approval.events import Event, Finished
from bot.approval.lifecycle import Illegal
from bot.approval.request import Token
from bot.audit.qualifiers import query_of
from bot.audit.query import Query, Subject, subject
from bot.db import database
from bot.db.reading import number_of
from bot.db.store import Store
from bot.images.removal import Removed
from tests.approval import examples
from tests.db.asking import claimed, done

PAGE = 20
TRIES = 3
DEEP = 200
"""The page that is called deep."""
WEEK = timedelta(days=7)
PROMISED = {"a free word": 300}
"""Milliseconds that 99 of 100 take at most; 50 for the others."""
PROMISED_RATIO = 1.5
PROMISED_EVENTS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Milliseconds of the bot, and of the driver alone, for the same questions."""

    ours: tuple[float, ...]
    alone: tuple[float, ...]


def questions(store: Store, chance: random.Random) -> Mapping[str, Callable[[], tuple[str, ...]]]:
    """Return the ten questions, nine of them as words: each call asks for something else that is on record."""
    with store.reading() as reading:
        newest = reading.history(Query(), limit=1)[0].number

    def one() -> Any:  # noqa: ANN401 -- a record
        while True:
            with store.reading() as reading:
                found = reading.history(Query(), limit=50, before=chance.randrange(50, newest + 1))
            layers = [record for record in found if record.chain_id and record.requester]
            if layers:
                return chance.choice(layers)

    def ticket() -> str:
        while not (reason := one().reason):
            pass
        return str(reason).rpartition(" ")[2]

    return {
        "who removed X": lambda: (f"image:{one().names[0].rpartition(':')[0].partition('@')[0]}",),
        "a host's last week": lambda: (f"host:{one().host}", "since:7d"),
        "whose request deleted layer L": lambda: (f"layer:{one().chain_id[7:]}",),
        "by the beginning of an ID": lambda: (f"id:{one().image_id[7:19]}",),
        "what a person asked for": lambda: (f"who:{one().requester.user_id}",),
        "a reason's word": lambda: (f"reason:{chance.choice((ticket(), chance.choice(WORDS)))}",),
        "freed over 1 GB": lambda: (f"freed:>{chance.choice((1, 2, 5, 10))}GB",),
        "outside the bot": lambda: ("via:external",),
        "refused": lambda: (chance.choice(("status:rejected", "status:refused")),),
        "a free word": lambda: (_word(chance, one, ticket),),
    }


def _word(chance: random.Random, one: Callable[[], Any], ticket: Callable[[], str]) -> str:
    """Return a word as people type it: mostly of what is there, now and then of what never was."""
    name = one().names[0]
    words = (
        name,
        name.rpartition("/")[2].partition(":")[0],
        ticket(),
        one().image_id[7:19],
        one().host,
        "nowhere",
        "7",
    )
    return str(chance.choice(words))


class Asker:
    """Asks one database."""

    def __init__(self, engine: sa.Engine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock
        self.store = Store(engine)
        self._sent: list[tuple[str, Any]] = []
        sa.event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, *arguments: Any) -> None:  # noqa: ANN401 -- SQLAlchemy's
        self._sent.append((arguments[2], arguments[3]))

    def measured(self, asks: Sequence[Callable[[], object]]) -> Measured:
        """Return how long each takes, the bot and the driver in turn: the best of a few tries, the first one apart.

        The best, because what else the machine does meanwhile is not what is measured here.
        """
        ours, alone = [], []
        for ask in asks:
            ask()
            tries = [self._tried(ask) for _ in range(TRIES)]
            ours.append(1000 * min(took for took, _ in tries))
            alone.append(1000 * min(took for _, took in tries))
        return Measured(ours=tuple(ours), alone=tuple(alone))

    def _tried(self, ask: Callable[[], object]) -> tuple[float, float]:
        self._sent.clear()
        begun = self._clock()
        ask()
        return self._clock() - begun, self._alone(list(self._sent))

    def _alone(self, sent: Sequence[tuple[str, Any]]) -> float:
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            begun = self._clock()
            for statement, values in sent:
                cursor.execute(statement, values)
                if cursor.description:
                    cursor.fetchall()
            return self._clock() - begun
        finally:
            connection.rollback()
            connection.close()

    def first(self, words: tuple[str, ...]) -> Callable[[], object]:
        """Return what asks for the first page with its summary, as ``/img history`` does."""
        query = _query(words)

        def ask() -> None:
            with self.store.reading() as reading:
                if reading.asked(query, limit=PAGE + 1) and subject(query) is Subject.RECORDS:
                    reading.summary(query)

        return ask

    def deep(self, words: tuple[str, ...]) -> Callable[[], object]:
        """Return what asks for a page far behind, or the last one that there is."""
        query = _query(words)
        with self.store.reading() as reading:
            before = [number_of(entry) for entry in reading.asked(query, limit=PAGE * (DEEP - 1))]

        def ask() -> None:
            with self.store.reading() as reading:
                reading.asked(query, limit=PAGE + 1, before=before[-1] if before else None)

        return ask

    def week(self) -> Callable[[], object]:
        """Return what asks for the space of a week, as ``/img stats week`` does."""

        def ask() -> None:
            with self.store.reading() as reading:
                reading.stats(examples.NOW - WEEK)

        return ask


def _processor(engine: sa.Engine) -> Callable[[], float]:
    """Return what tells the processor's time in seconds: ours, and that of the server's process for our connection.

    Linux counts the latter in nanoseconds (/proc/PID/schedstat). What it waits for is left out: with all that is asked
    for in memory, that is the processor. Workers beside it would be left out too, so it has none.
    """
    if engine.dialect.name == "sqlite":
        return time.process_time
    engine.dispose()
    sa.event.listen(engine, "connect", _no_workers)
    with engine.connect() as connection:
        pid = connection.scalar(sa.select(sa.func.pg_backend_pid()))
    schedule = Path(f"/proc/{pid}/schedstat")
    return lambda: time.process_time() + int(schedule.read_text().split()[0]) / 1e9


def _no_workers(connection: Any, _: object) -> None:  # noqa: ANN401 -- psycopg's connection in the pool's clothes
    connection.execute("SET max_parallel_workers_per_gather = 0")
    connection.commit()


def _query(words: tuple[str, ...]) -> Query:
    query = query_of(words, examples.NOW)
    if not isinstance(query, Query):
        raise SystemExit(query.message)
    return query


def appended(store: Store, count: int) -> float:
    """Return how many events are written in a second, each in a transaction of its own."""
    steps: list[Event] = [examples.approved(), claimed()]
    for number, step in enumerate(examples.PLAN.steps):
        if isinstance(step.outcome, Removed):
            steps += done(number, step.outcome)
    begun, written = time.perf_counter(), 0
    for number in range(count):
        with store.transaction() as tx:
            request = tx.ask(replace(examples.asked_event(), token=Token(f"asking-{time.time_ns()}-{number}")))
        for event in (*steps, Finished(at=examples.NOW)):
            with store.transaction() as tx:
                changed = tx.record(request, event)
            if isinstance(changed, Illegal):
                raise SystemExit(changed.why)
            request = changed
        written += len(steps) + 2
    return written / (time.perf_counter() - begun)


def _percentile(times: Sequence[float], part: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]


def _cells(times: Sequence[float]) -> str:
    return f"{statistics.median(times):.1f} / {_percentile(times, 0.99):.1f} ms"


def _row(name: str, first: Measured, deep: Measured | None) -> tuple[tuple[str, ...], list[str]]:
    limit = PROMISED.get(name, 50)
    cells, missed = [name], []
    for what, each in (("first page", first), ("deep page", deep)):
        if each is None:
            cells += ["", ""]
            continue
        ratio = statistics.median(each.ours) / statistics.median(each.alone)
        cells += [_cells(each.ours), f"{ratio:.1f}"]
        if _percentile(each.ours, 0.99) > limit:
            missed.append(f"{name}, {what}: {_percentile(each.ours, 0.99):.0f} ms, and {limit} are promised")
        if ratio > PROMISED_RATIO:
            missed.append(f"{name}, {what}: {ratio:.1f} times the driver alone, and {PROMISED_RATIO} is promised")
    return tuple(cells), missed


def sizes(engine: sa.Engine) -> str:
    """Return what the database takes on the disk."""
    if engine.dialect.name == "sqlite":
        return f"{Path(str(engine.url.database)).stat().st_size / 2**20:,.0f} MiB"
    of = sa.text(
        "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace = 'public'::regnamespace ORDER BY 2 DESC LIMIT 7"
    )
    with engine.connect() as connection:
        total = connection.scalar(sa.select(sa.func.pg_database_size(sa.func.current_database()))) or 0
        parts = connection.execute(of).all()
    return f"{total / 2**20:,.0f} MiB; " + ", ".join(f"{name} {size / 2**20:,.0f}" for name, size in parts)


@contextmanager
def _filled(url: str | None, records: int) -> Iterator[sa.Engine]:
    """Give the database at *url*, filled where it is empty; or a file that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="imgbot-asking-") as folder:
        engine = database.engine(url or f"sqlite:///{folder}/imgbot.db")
        if not sa.inspect(engine).has_table("audit_event"):
            begun = time.perf_counter()
            fill(engine, records)
            print(f"Filled in {time.perf_counter() - begun:,.0f} s.\n")
        yield engine
        engine.dispose()


@click.command()
@click.option(
    "--url", help="An empty database, or one that was filled by this. Without it, a file that is thrown away."
)
@click.option("--records", default=10_000_000, show_default=True, help="Removal records, and at least as many events.")
@click.option("--samples", default=100, show_default=True, help="Questions of each kind; a fifth of it for deep pages.")
@click.option(
    "--processor",
    "processor_time",
    is_flag=True,
    help="Count the processor's time, that of PostgreSQL's process included where it runs here: on a busy machine.",
)
@click.option("--only", help="One of the questions.")
def main(url: str | None, records: int, samples: int, *, processor_time: bool, only: str | None) -> None:
    """Print tables. Exits with 1 where something takes longer than is promised."""
    chance = random.Random(7)  # noqa: S311 -- it has to come out the same again
    with _filled(url, records) as engine:
        asker = Asker(engine, _processor(engine) if processor_time else time.perf_counter)
        lines, missed = [], []
        asked = questions(asker.store, chance)
        for name, words in asked.items():
            if only and only != name:
                continue
            all_words = [words() for _ in range(samples)]
            first = asker.measured([asker.first(each) for each in all_words])
            deep = asker.measured([asker.deep(each) for each in all_words[: max(1, samples // 5)]])
            line, misses = _row(name, first, deep)
            print(" | ".join(line), file=sys.stderr)
            lines.append(line)
            missed += misses
        line, misses = _row("space of a week", asker.measured([asker.week()] * 5), None)
        lines.append(line)
        missed += misses
        with engine.connect() as connection:
            last = connection.execute(sa.text("SELECT sequence, last_record FROM audit_head")).one()
        print(
            f"{os.cpu_count()} cores, {processor()}, Linux {platform.release()}, Python {platform.python_version()}\n"
        )
        heading = ("question", "first page, p50 / p99", "ratio", f"page {DEEP}, p50 / p99", "ratio")
        print(table([(f"{last[0]:,} events, {last[1]:,} records: {heading[0]}", *heading[1:]), *lines]))
        rate = appended(asker.store, max(10, samples))
        print(f"\nAppended: {rate:,.0f} events a second, a transaction each. On the disk: {sizes(engine)}.")
        if engine.dialect.name == "sqlite" and rate < PROMISED_EVENTS:
            missed.append(f"{rate:,.0f} events a second, and {PROMISED_EVENTS} are promised")
    if missed:
        raise SystemExit("\nSlower than promised:\n" + "\n".join(missed))


if __name__ == "__main__":
    main()
