"""How fast the record is verified: every event and every removal record, against reading and hashing alone."""

import hashlib
import sqlite3
import statistics
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click

from benchmarks.machine import bare, in_turn, ratio, seconds, table, told
from bot.approval import lifecycle
from bot.approval.events import Asked, Event, Finished, StepDone
from bot.approval.lifecycle import Illegal
from bot.approval.request import Request, RequestId, Token
from bot.audit.chain import Broken
from bot.db import database, hours, records, requests, trail
from bot.db.store import Store
from bot.flows.verify import verified
from bot.images.removal import Removed, Step
from tests.approval import examples
from tests.db.asking import claimed, done

EVENTS = 8
"""Events of one request here: asked, approved, claimed, twice begun and done, finished. They have six records."""
LEAST = 25_000
"""Events a second that are promised on SQLite."""


@click.command()
@click.option("--requests", "count", default=12_500, show_default=True, help="8 events and 6 removal records each.")
def main(count: int) -> None:
    """Print a table. Exits with 1 where it is slower than promised, or does not verify."""
    with tempfile.TemporaryDirectory(prefix="imgbot-verifying-") as folder:
        file = Path(folder) / "imgbot.db"
        store = filled(file, count)
        measured = in_turn(
            {"plain": lambda: seconds(lambda: hashed(file)), "ours": lambda: seconds(lambda: read(store))}
        )
        store.close()
    plain, ours = measured["plain"], measured["ours"]
    per_second = EVENTS * count / statistics.median(ours)
    print(f"{bare()}\n")
    rows = [
        (
            "reading every row and hashing its columns",
            told(plain),
            f"{EVENTS * count / statistics.median(plain):,.0f}",
            "1",
        ),
        ("imgbot audit verify", told(ours), f"{per_second:,.0f}", f"{ratio(ours, plain):.1f}"),
    ]
    print(table([(f"{EVENTS * count:,} events", "median", "events a second", "ratio"), *rows]))
    if per_second < LEAST:
        raise SystemExit(f"{per_second:,.0f} events a second, and {LEAST:,} are promised")


def filled(file: Path, count: int) -> Store:
    """Return a store in *file* with so many requests that were carried out."""
    engine = database.engine(f"sqlite:///{file}")
    database.upgrade(engine)
    with engine.begin() as connection, click.progressbar(range(1, count + 1), file=sys.stderr) as numbers:
        counters = trail.locked_counters(connection)
        for number in numbers:
            happened = life(number)
            requests.write_first(connection, happened[0][1])
            numbered = enumerate((event for event, _ in happened), start=counters.head.sequence + 1)
            steps = [(sequence, event) for sequence, event in numbered if isinstance(event, StepDone)]
            counters = trail.append(connection, counters, happened)
            counters = replace(records.append(connection, counters, happened[-1][1], steps), last_request=number)
            for event, after in happened:
                hours.foretold(connection, hours.hour_of(event.at), hours.accuracy_of(event, after))
        trail.save(connection, counters)
    return Store(engine)


def life(number: int) -> list[tuple[Event, Request]]:
    """Return what happens to one request, from the question to its end."""
    asked: Asked = replace(examples.asked_event(), token=Token(f"token-{number}"))
    request = lifecycle.asked(RequestId(number), asked)
    happened: list[tuple[Event, Request]] = [(asked, request)]
    steps = [event for n, step in enumerate(examples.PLAN.steps) for event in done(n, _gone(step))]
    for event in (examples.approved(), claimed(), *steps, Finished(at=examples.NOW)):
        after = lifecycle.after(request, event)
        if isinstance(after, Illegal):
            raise SystemExit(after.why)
        request = after
        happened.append((event, request))
    return happened


def _gone(step: Step) -> Removed:
    if not isinstance(step.outcome, Removed):
        raise SystemExit("the example's plan removes nothing")
    return step.outcome


def read(store: Store) -> None:
    """Verify everything."""
    with store.reading() as reading:
        found = verified(reading)
    if isinstance(found, Broken):
        raise SystemExit(f"event {found.sequence}: {found.why}")


def hashed(file: Path) -> None:
    """Do the least that anybody must: read every event, and hash what it says with the hash before."""
    previous = b""
    with closing(sqlite3.connect(file)) as connection:
        for row in connection.execute("SELECT * FROM audit_event ORDER BY sequence"):
            previous = hashlib.sha256(previous + repr(row).encode()).digest()


if __name__ == "__main__":
    main()
