"""What is so at one moment, as gauges: no library of metrics is needed to read it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.db.vitals import Vitals


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """One gauge: its name without ``imgbot_``, and a value for each choice of its labels."""

    name: str
    says: str
    labels: Sequence[str] = ()
    values: Sequence[tuple[Sequence[str], float]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """How the record stands: its newest event, when it was verified, whether that failed, the last checkpoint.

    Where it was never verified, and where there was no checkpoint, the time is that of its first event.
    """

    events: int
    verified_at: datetime | None
    faulty: bool
    checkpoint_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """One process at the moment ``now``. ``vitals`` and ``record`` are None where the database does not answer.

    ``connections`` are those of Socket Mode, None in HTTP mode. ``heard_at`` is until when this process listened to
    each host. ``owner`` names this process.
    """

    now: datetime
    owner: str
    hosts: Sequence[str]
    connections: int | None
    heard_at: Mapping[str, datetime | None] = field(default_factory=dict)
    vitals: Vitals | None = None
    record: Record | None = None

    def gauges(self) -> Iterator[Gauge]:
        """Yield the gauges."""
        up = self.vitals is not None
        yield _one("database_up", "Whether the database answers.", up)
        if self.connections is not None:
            yield _one("slack_connections", "Connections of Socket Mode that Slack was heard of on.", self.connections)
        heard = [([host], at.timestamp()) for host, at in self.heard_at.items() if at]
        says = "Until when this process listened to the host's daemon."
        yield Gauge(name="host_heard_timestamp_seconds", says=says, labels=("host",), values=heard)
        if self.vitals is not None:
            yield from self._waiting(self.vitals)
        if self.record is not None:
            yield from _of_record(self.record)

    def _waiting(self, vitals: Vitals) -> Iterator[Gauge]:
        queues = vitals.queues.items()
        yield Gauge(
            name="queue_length",
            says="What waits: deliveries of Slack's, messages to be drawn, notices to be posted.",
            labels=("queue",),
            values=[([name], queue.waiting) for name, queue in queues],
        )
        yield Gauge(
            name="queue_oldest_age_seconds",
            says="How long the oldest of it has waited; messages, since they were due.",
            labels=("queue",),
            values=[([name], self._age(queue.since)) for name, queue in queues],
        )
        yield Gauge(
            name="requests_open",
            says="Requests in states that they do not stay in.",
            labels=("state",),
            values=[([state.value], count) for state, count in vitals.requests.items()],
        )
        yield Gauge(
            name="host_looked_at_timestamp_seconds",
            says="When the host was last compared with what it held before.",
            labels=("host",),
            values=[([host], at.timestamp()) for host, at in vitals.looked_at.items() if host in self.hosts],
        )
        mine = {name for name, (owner, until) in vitals.duties.items() if owner == self.owner and until > self.now}
        yield Gauge(
            name="duty_held",
            says="Whether this replica does what one at a time does.",
            labels=("duty",),
            values=[([name], name in mine) for name in vitals.duties],
        )

    def _age(self, since: datetime | None) -> float:
        return 0.0 if since is None else max(0.0, (self.now - since).total_seconds())


def _of_record(record: Record) -> Iterator[Gauge]:
    yield _one("record_events", "The number of the newest event on record.", record.events)
    yield _one("record_faulty", "Whether the record did not verify, and nobody has acknowledged it.", record.faulty)
    for name, says, at in (
        ("record_verified_timestamp_seconds", "When the record was last verified.", record.verified_at),
        ("checkpoint_timestamp_seconds", "When the newest event's hash was last posted.", record.checkpoint_at),
    ):
        if at is not None:
            yield _one(name, says, at.timestamp())


def _one(name: str, says: str, value: float) -> Gauge:
    return Gauge(name=name, says=says, values=[((), value)])
