"""What one running bot can tell of itself: whether it is alive, whether it is ready, and how it does."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy.exc
import structlog

from bot.approval.proof import Checkpoint, Proved
from bot.db.reading import Reading
from bot.db.store import Happened, Store
from bot.db.vitals import Vitals
from bot.dockerd.timed import Timed
from bot.flows.ports import Clock, Daemons
from bot.flows.watch import Watch
from bot.loop import Loop
from bot.web.signs import Record, Signs

if TYPE_CHECKING:
    from bot.web.metrics import Metrics

NOT_CONNECTED = "Slack: no connection of Socket Mode."
ENDING = "The bot is ending."


log = structlog.get_logger()


def metrics_of(hosts: Iterable[str]) -> "Metrics":
    """Return what counts."""
    from bot.web.metrics import Metrics  # noqa: PLC0415 -- some MB that a bot whom nobody asks does without

    return Metrics(hosts)


def timed(daemons: Daemons, metrics: "Metrics | None") -> Daemons:
    """Return the daemons; where somebody asks for *metrics*, those that tell of their calls."""
    return {host: Timed(daemon, metrics.called) for host, daemon in daemons.items()} if metrics else daemons


def tell(metrics: "Metrics | None", happened: Happened) -> None:
    """Log what was put on record, by the request's ID where it is about one, and count it."""
    if metrics is not None:
        metrics.happened(happened)
    for event, request in happened:
        about = (
            {} if request is None else {"request": request.id, "host": request.plan.host, "state": request.state.value}
        )
        log.info("on record", kind=type(event).__name__, **about)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One process, *owner*. ``connections`` are those of Socket Mode, None in HTTP mode."""

    store: Store
    owner: str
    now: Clock
    loops: Callable[[], Iterable[Loop]]
    watches: Sequence[Watch]
    connections: Callable[[], int | None]
    ending: Callable[[], bool]

    def alive(self) -> tuple[str, ...]:
        """Return what only a restart mends: a loop that ended by itself."""
        return tuple(f"The loop {loop.name} has ended." for loop in self.loops() if loop.ended)

    def ready(self) -> tuple[str, ...]:
        """Return what keeps the bot from its work now."""
        found = [ENDING] if self.ending() else list(self.alive())
        if self.connections() == 0:
            found.append(NOT_CONNECTED)
        if why := self._database():
            found.append(f"Database: {why}")
        return tuple(found)

    def _database(self) -> str:
        try:
            with self.store.reading() as reading:
                reading.head()
        except sqlalchemy.exc.SQLAlchemyError as error:
            return type(getattr(error, "orig", None) or error).__name__
        return ""

    def signs(self) -> Signs:
        """Return how it does at this moment."""
        vitals, record = self._of_database()
        return Signs(
            now=self.now(),
            owner=self.owner,
            hosts=[watch.host for watch in self.watches],
            connections=self.connections(),
            heard_at={watch.host: watch.heard_at for watch in self.watches},
            vitals=vitals,
            record=record,
        )

    def _of_database(self) -> tuple[Vitals, Record] | tuple[None, None]:
        try:
            with self.store.reading() as reading:
                return reading.vitals(), _record(reading)
        except sqlalchemy.exc.SQLAlchemyError:
            return None, None


def _record(reading: Reading) -> Record:
    sequence, _ = reading.head()
    proved, checkpoint, began = reading.last(Proved), reading.last(Checkpoint), reading.first_at()
    return Record(
        events=sequence,
        verified_at=proved.at if proved else began,
        faulty=reading.unacknowledged() is not None,
        checkpoint_at=checkpoint.at if checkpoint else began,
    )
