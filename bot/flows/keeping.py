"""Keeping the record: backups, getting one back, and moving to another database. Each is verified before it counts."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.approval.events import Drifted
from bot.approval.notes import RecordRead
from bot.approval.notice import Notice
from bot.approval.proof import Restored
from bot.approval.request import State
from bot.audit.chain import Broken, Head, head_text
from bot.db import backups, copying, database, files
from bot.db.alone import unused
from bot.db.backups import Contents
from bot.db.database import Engine, Unavailable
from bot.db.reading import EVERY
from bot.db.rows import Begin
from bot.db.store import Reading, Store, Transaction
from bot.flows.gaps import missing
from bot.flows.ledger import must
from bot.flows.ports import Clock
from bot.flows.verify import verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was backed up, restored or copied: the newest event, and how many rows each table has.

    ``unnoted`` is why it is not on record that somebody took it; empty where it is.
    """

    head: Head
    rows: Mapping[str, int]
    unnoted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GotBack:
    """A backup that was restored. ``aside`` is the database that it replaced; None where it replaced none."""

    head: Head
    restored: Restored
    aside: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a backup is to be restored. ``expect`` is a head that was noted elsewhere, older or newer than the backup.

    ``replace`` lets it take the place of a SQLite file that is not empty, and ``user`` is who does it.
    """

    user: str
    replace: bool = False
    expect: Head | None = None


def back_up(  # noqa: PLR0913 -- what is taken, by whom, when, and by what
    url: str, file: Path, *, user: str, replace: bool, now: Clock, version: str, begin: Begin
) -> Kept:
    """Write one moment of a database to *file*, while the bot goes on, and verify what was written.

    That *user* takes the whole record is on record first, and so in the file, where the database takes it. Raises
    Unavailable where that cannot be, or where the record does not verify. Then there is no file.
    """
    if file.exists() and not replace:
        raise Unavailable(f"{file} is there already. Give another name, or --force.")
    with _opened(url) as source, files.beside(file) as made:
        place = database.file_of(source)
        if place and file.exists() and file.samefile(place):
            raise Unavailable(f"{file} is the database itself. Give another name.")
        unnoted = _noted(source, RecordRead(at=now(), by=None, query=f"db backup {file}", user=user))
        contents = backups.write(source, made, at=now(), version=version, begin=begin)
        total = sum(tally.rows for tally in contents.tables.values())
        backups.whole(made, begin("Reading it again", total))
        at_rest = Store(files.at_rest(made))
        with at_rest.reading() as reading:
            _sound(reading, contents.head, begin)
        at_rest.close()
        files.put(made, file, replace=replace)
    held = {layout.name: tally.rows for layout, tally in contents.tables.items()}
    return Kept(head=contents.head, rows=held, unnoted=unnoted)


def _noted(source: Engine, event: RecordRead) -> str:
    """Return why it could not be written, where the database may only be read."""
    return Store(source).noted(event)


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    """Give a database that is there, up to date and guarded, and of which we know every table and column."""
    engine = database.engine(url)
    file = database.file_of(engine)
    if file is not None and not file.is_file():
        raise Unavailable(f"There is no file {file}.")
    try:
        if faults := database.check(engine) or database.unknown(engine):
            raise Unavailable(f"{database.name_of(engine)} cannot be read as a whole: {faults[0]}")
        yield engine
    finally:
        engine.dispose()


def _sound(reading: Reading, head: Head, begin: Begin, *more: Head) -> None:
    """Raise Unavailable where the record does not verify, or ends elsewhere."""
    found = verified(reading, known=[head, *more], told=begin("Verifying", head.sequence))
    if isinstance(found, Broken):
        raise Unavailable(f"The record is not as it was written. Event {found.sequence}: {found.why}")
    if found.head != head:
        raise Unavailable(f"The record ends with {head_text(found.head)}, and {head_text(head)} was read before.")


def restore(file: Path, url: str, wanted: Wanted, *, now: Clock, begin: Begin) -> GotBack:
    """Make of a backup the database at *url*, which is empty or is to be replaced, and put on record that it was.

    Raises Unavailable where that cannot be; then everything is as it was.
    """
    contents = backups.whole(file, begin("Reading the backup", 0))
    engine = database.engine(url)
    try:
        with unused(engine):
            place = database.file_of(engine)
            if place is not None:
                return _into_file(file, place, contents, wanted, now=now, begin=begin)
            return _into_server(file, engine, contents, wanted, now=now, begin=begin)
    finally:
        engine.dispose()


def _into_server(
    file: Path, engine: Engine, contents: Contents, wanted: Wanted, *, now: Clock, begin: Begin
) -> GotBack:
    if wanted.replace:
        raise Unavailable(
            "On PostgreSQL nothing is replaced: restore to a new database, and have the bot use that one."
        )
    database.upgrade(engine)
    with backups.up_to_date(file, contents) as source:
        about = 2 * sum(tally.rows for tally in contents.tables.values())
        with copying.filled(source, engine, begin("Writing", about)) as (tx, _):
            restored = _written(tx, contents, wanted, None, now=now, begin=begin)
            head = _head(tx)
    return GotBack(head=head, restored=restored, aside=None)


def _into_file(file: Path, place: Path, contents: Contents, wanted: Wanted, *, now: Clock, begin: Begin) -> GotBack:
    filled = place.exists() and not files.is_new(place)
    if filled and not wanted.replace:
        raise Unavailable(f"{place} is not empty. Give a new file, or --replace to keep this one aside.")
    files.make_way(place)
    before = files.head_after(place, contents.head) if filled else None
    with files.beside(place) as made:
        store = Store(backups.unpack(file, made))
        with store.transaction() as tx:
            restored = _written(tx, contents, wanted, before, now=now, begin=begin)
            head = _head(tx)
        store.close()
        aside = place.with_name(f"{place.name}.replaced-{now().astimezone(UTC):%Y%m%dT%H%M%SZ}") if filled else None
        if aside:
            files.set_aside(place, aside)
        files.put(made, place, replace=place.exists())
    return GotBack(head=head, restored=restored, aside=aside)


def _head(reading: Reading) -> Head:
    sequence, sealed = reading.head()
    return Head(sequence=sequence, hash=sealed)


def _written(
    tx: Transaction, contents: Contents, wanted: Wanted, before: Head | None, *, now: Clock, begin: Begin
) -> Restored:
    """Verify what was restored, and write that it was, and how much is missing."""
    expected = wanted.expect
    held = [expected] if expected and expected.sequence <= contents.head.sequence else []
    _sound(tx, contents.head, begin, *held)
    known = max((each for each in (expected, before) if each), key=lambda each: each.sequence, default=None)
    restored = Restored(
        at=now(),
        sequence=contents.head.sequence,
        hash=contents.head.hash,
        made_at=contents.made_at,
        user=wanted.user,
        known_sequence=known.sequence if known else None,
        known_hash=known.hash if known else "",
    )
    tx.note(restored)
    tx.announce(was_restored(restored), restored.at)
    _void(tx, restored.at)
    return restored


def was_restored(restored: Restored) -> Notice:
    """Return what the audit channel is told of a record that came from a backup."""
    begins = (f"The record was restored by {restored.user} from a backup of ", restored.made_at)
    ends = f", which ends with event {restored.sequence}. {missing(restored)}"
    lost = "What was asked for, decided or removed after that is not on record."
    return Notice(kind="restored", parts=(*begins, f"{ends} {lost}"))


def _void(tx: Transaction, at: datetime) -> None:
    """Void what is approved and was not begun: it may have been carried out after the backup was made.

    Likewise what was typed and pressed and not worked on: a click of that time must not decide today.
    """
    tx.let_deliveries_go(at)
    why = "The record was restored from a backup. What was done after that was made is not known."
    for request in tx.requests(State.APPROVED, limit=EVERY):
        must(tx.record(request, Drifted(at=at, difference=(why,))))


def copy(source_url: str, target_url: str, *, user: str, now: Clock, begin: Begin) -> Kept:
    """Copy a whole record into an empty database of either kind, and verify it there. No bot may be at work on either.

    That *user* takes it is on record first, and so in both, where the database takes it. Raises Unavailable where that
    cannot be; then the target is as empty as before.
    """
    target = database.engine(target_url)
    place = database.file_of(target)
    try:
        with _opened(source_url) as source, unused(source), unused(target):
            if place is not None and place.exists() and not files.is_new(place):
                raise Unavailable(f"{place} is not empty. Give a new file.")
            if place is None:
                database.upgrade(target)
            query = f"db copy to {database.name_of(target)}"
            unnoted = _noted(source, RecordRead(at=now(), by=None, query=query, user=user))
            kept = _copied(source, target, begin) if place is None else _copied_to_file(source, place, begin)
            return replace(kept, unnoted=unnoted)
    finally:
        target.dispose()


def _copied_to_file(source: Engine, place: Path, begin: Begin) -> Kept:
    with files.beside(place) as made:
        engine = files.being_made(made)
        database.upgrade(engine)
        kept = _copied(source, engine, begin)
        files.make_way(place)
        files.put(made, place, replace=place.exists())
    return kept


def _copied(source: Engine, target: Engine, begin: Begin) -> Kept:
    store = Store(source)
    with store.reading() as reading:
        about = reading.size()
    with copying.filled(source, target, begin("Copying", 2 * about)) as (tx, copied):
        _sound(tx, _head(tx), begin)
        with store.reading() as reading:
            if _head(reading) != _head(tx):
                raise Unavailable("Something was written meanwhile that is not in the copy. Stop whoever writes.")
        return Kept(head=_head(tx), rows=copied)
