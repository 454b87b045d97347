"""What is summed up by the hour, held against the records and events that it follows from.

Sums are as many as removals, so they are compared by one number for each hour: what went of each host, person and
repository, each times a number that is new each time, all added up. Nobody can choose other sums that come to the same.
Only an hour that differs is looked at row by row. That needs the record from its first event on.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import mul
from typing import Any

import sqlalchemy as sa

from bot.audit import stats
from bot.audit.chain import Broken
from bot.audit.stats import Accuracy
from bot.db import hours
from bot.db.columns import moment, storable
from bot.db.finding import requesters_of, said_by
from bot.db.hours import Counts, Key
from bot.db.tables import prediction_hour, record, removal_hour, search

BATCH = 5000


class Summed:
    """Adds up what follows from each event, and compares it with what is kept."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._numbers: defaultdict[int, int] = defaultdict(int)
        self._foretold: dict[int, Accuracy] = {}
        self._weights = tuple(1 + secrets.randbits(64) for _ in hours.COUNTED)
        self._chances: defaultdict[tuple[str, str], int] = defaultdict(lambda: secrets.randbits(128))

    def add(self, records: Iterable[Mapping[str, Any]], requesters: Mapping[int, str]) -> None:
        """Count records, as the rows that were written."""
        for key, counts in hours.sums_of(records, requesters).items():
            self._numbers[key[1]] += self._number(key, counts)

    def foretell(self, hour: int, more: Accuracy) -> None:
        """Count how good a prediction was."""
        if more != Accuracy():
            self._foretold[hour] = stats.both(self._foretold.get(hour, Accuracy()), more)

    def _number(self, key: Key, counts: Sequence[int]) -> int:
        part, _, name = key
        weighed: int = sum(map(mul, self._weights, counts))
        return self._chances[part, storable(name)] * weighed

    def left(self) -> Broken | None:
        """Return the first hour whose sums are others, once everything was counted."""
        empty: list[Key] = []
        for key, counts in _stored(self._connection):
            self._numbers[key[1]] -= self._number(key, counts)
            if not any(counts):
                empty.append(key)
        if empty:
            return self._broken(empty[0][1], f"{_called(empty[0])} nothing went then, and a row says so")
        wrong = [hour for hour, number in self._numbers.items() if number]
        if wrong:
            return self._first(min(wrong))
        return self._first_foretold()

    def _first(self, hour: int) -> Broken:
        """Return which sum of an hour is wrong."""
        expected = _expected(self._connection, hour)
        kept = dict(_stored(self._connection, hour))
        key = min(each for each in {*expected, *kept} if expected.get(each) != kept.get(each))
        return self._broken(hour, f"{_called(key)} another sum is kept than that of its removal records")

    def _first_foretold(self) -> Broken | None:
        rows = self._connection.execute(sa.select(prediction_hour)).mappings()
        kept = {row["hour"]: Accuracy(**{name: row[name] for name in Accuracy.__slots__}) for row in rows}
        wrong = [hour for hour in {*kept, *self._foretold} if kept.get(hour) != self._foretold.get(hour)]
        if not wrong:
            return None
        return self._broken(min(wrong), "how good predictions were is kept otherwise than the events say")

    def _broken(self, hour: int, why: str) -> Broken:
        begin, end = (moment(each * hours.HOUR) for each in (hour, hour + 1))
        first = sa.select(sa.func.min(search.c.event)).where(search.c.at >= begin, search.c.at < end)
        found = f"In the hour from {begin:%Y-%m-%d %H:%M} UTC {why}."
        return Broken(sequence=self._connection.scalar(first) or 0, why=found)


def _called(key: Key) -> str:
    part, _, name = key
    return "outside the bot," if part == "person" and name == stats.OUTSIDE else f"of the {part} {name},"


def _stored(connection: sa.Connection, hour: int | None = None) -> Iterator[tuple[Key, Counts]]:
    """Yield every row, or those of one hour."""
    query = sa.select(removal_hour)
    if hour is not None:
        query = query.where(removal_hour.c.hour == hour)
    for rows in connection.execute(query, execution_options={"yield_per": BATCH}).partitions():
        for part, at, name, *counts in rows:
            yield (part, at, name), counts


def _expected(connection: sa.Connection, hour: int) -> dict[Key, Counts]:
    begin, end = (moment(each * hours.HOUR) for each in (hour, hour + 1))
    together = record.join(search, (search.c.event == record.c.event) & (search.c.at == record.c.at))
    query = sa.select(record).select_from(together).where(search.c.at >= begin, search.c.at < end)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    said = said_by(connection, {row["request_id"] for row in rows} - {None})
    return hours.sums_of(rows, requesters_of(said))
