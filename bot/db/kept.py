"""Hosts as they were looked at last, and what requests did to them since."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.approval.request import Progress, Request, RequestId, State, Window
from bot.db import requests
from bot.db.left_codec import dump_known, load_known
from bot.db.tables import event, head, kept_host, kept_image, record
from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Store
from bot.images.leaving import Known
from bot.images.pieces import Ours, Pieces, pieces, spellings
from bot.images.removal import Removed, Step
from bot.images.restoral import RestorePlan

OPEN = (State.REMOVING, State.INTERRUPTED)
"""What a request is in while a step of it may be without an outcome, and still get one."""
STEPS = ("step-begun", "step-done", "step-unclear", "step-not-done", "interrupted", "finished")
"""The events after which it may have been closed with a step of which nobody will know."""
MANY = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far the record was: the numbers of its newest event and of its newest removal record."""

    sequence: int
    record: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptHost:
    """A host as it was looked at last.

    ``at`` is the time before the look by our clock, ``seen`` the one after it by the daemon's (nanoseconds since 1970),
    ``mark`` how far the record was before it.
    """

    host: str
    daemon_id: str
    store: Store
    seen: int
    at: datetime
    mark: Mark
    images: Mapping[ImageId, Known]


@dataclass(frozen=True, slots=True, kw_only=True)
class OursSince:
    """What requests did, and ``by`` which request and step each image was deleted."""

    ours: Ours
    by: Mapping[ImageId, tuple[RequestId, int]]


def mark(connection: sa.Connection) -> Mark:
    """Return how far the record is."""
    row = connection.execute(sa.select(head.c.sequence, head.c.last_record)).one()
    return Mark(sequence=row.sequence, record=row.last_record)


def looked_at(connection: sa.Connection) -> Mapping[str, datetime]:
    """Return when each host was looked at last."""
    return {row.host: row.at for row in connection.execute(sa.select(kept_host.c.host, kept_host.c.at))}


def host(connection: sa.Connection, name: str) -> KeptHost | None:
    """Return a host as it was looked at last; None where it never was."""
    row = connection.execute(sa.select(kept_host).where(kept_host.c.host == name)).one_or_none()
    if row is None:
        return None
    images = connection.execute(sa.select(kept_image).where(kept_image.c.host == name))
    return KeptHost(
        host=name,
        daemon_id=row.daemon_id,
        store=Store(row.store),
        seen=row.seen,
        at=row.at,
        mark=Mark(sequence=row.sequence, record=row.record),
        images={ImageId(image.image_id): load_known(image.image_id, image.body) for image in images},
    )


def keep(connection: sa.Connection, before: KeptHost | None, now: KeptHost) -> None:
    """Write how a host was looked at last, and of its images only what is otherwise than *before*."""
    values = {
        "daemon_id": now.daemon_id,
        "store": now.store.value,
        "seen": now.seen,
        "at": now.at,
        "sequence": now.mark.sequence,
        "record": now.mark.record,
    }
    if before is None:
        connection.execute(kept_host.insert().values(host=now.host, **values))
    else:
        connection.execute(kept_host.update().where(kept_host.c.host == now.host).values(**values))
    earlier = before.images if before else {}
    changed = [image for image_id, image in now.images.items() if earlier.get(image_id) != image]
    _forget(connection, now.host, [i for i in earlier if now.images.get(i) != earlier[i]])
    if changed:
        rows = [{"host": now.host, "image_id": image.id, "body": dump_known(image)} for image in changed]
        connection.execute(kept_image.insert(), rows)


def _forget(connection: sa.Connection, name: str, image_ids: Sequence[ImageId]) -> None:
    if image_ids:
        which = (kept_image.c.host == name) & (kept_image.c.image_id == sa.bindparam("gone"))
        connection.execute(kept_image.delete().where(which), [{"gone": image_id} for image_id in image_ids])


def ours_since(connection: sa.Connection, since: Mark, daemon_id: str) -> OursSince:
    """Return what requests took from a daemon since a mark, and what they may have taken."""
    ours = (record.c.number > since.record, record.c.via == "bot", record.c.daemon_id == daemon_id)
    rows = connection.execute(sa.select(record).where(*ours).order_by(record.c.number)).all()
    deleted = [row for row in rows if row.kind == "deleted" and row.chain_id is None]
    under_way, unclear = _without_outcome(connection, since, daemon_id)
    return OursSince(
        ours=Ours(
            done=Pieces(
                names=frozenset((n, ImageId(r.image_id)) for r in rows if r.reference for n in spellings(r.reference)),
                images=frozenset(ImageId(row.image_id) for row in deleted),
                layers=frozenset(ChainId(row.chain_id) for row in rows if row.chain_id),
            ),
            strayed=frozenset(row.reference for row in rows if row.reference and row.source == "derived"),
            under_way=under_way[0],
            begun=under_way[1],
            unclear=unclear[0],
            times=Counter(ImageId(row.image_id) for row in deleted),
        ),
        by={ImageId(row.image_id): (RequestId(row.request_id), row.step) for row in deleted},
    )


Doubtful = tuple[Pieces, frozenset[ImageId]]
"""What steps may have taken, and the images that they are about."""


def _without_outcome(connection: sa.Connection, since: Mark, daemon_id: str) -> tuple[Doubtful, Doubtful]:
    """Return what the steps may have taken that have no outcome: of requests that are open, and of closed ones."""
    at_work = requests.in_states(connection, OPEN, limit=MANY, host=None, expired_at=None, locked=False)
    touched = sa.select(event.c.request_id).where(
        event.c.sequence > since.sequence, event.c.request_id.is_not(None), event.c.kind.in_(STEPS)
    )
    ids = set(connection.execute(touched.distinct()).scalars()) - {request.id for request in at_work}
    closed = [requests.by_id(connection, RequestId(request_id), locked=False) for request_id in sorted(ids)]
    reclaiming = [r for r in requests.kept_on(connection, MANY) if r.undo and r.undo.window is Window.RECLAIMING]
    under_way = _doubtful((*at_work, *reclaiming), daemon_id)
    return under_way, _doubtful([request for request in closed if request], daemon_id)


def _doubtful(found: Iterable[Request], daemon_id: str) -> Doubtful:
    taken, about = Pieces(), set[ImageId]()
    for request in found:
        if request.plan.daemon_id != daemon_id:
            continue
        for step in _in_doubt(request):
            predicted = pieces(step.outcome.records if isinstance(step.outcome, Removed) else ())
            taken |= predicted
            about |= predicted.images | ({step.removal.image_id} if step.removal.image_id else set())
    return taken, frozenset(about)


def _in_doubt(request: Request) -> Iterator[Step]:
    """Yield the steps without an outcome that may have been sent; guards that are being removed are such."""
    if isinstance(request.plan, RestorePlan):
        return  # which takes nothing
    for step, state in zip(request.plan.steps, request.steps, strict=True):
        if state.progress in {Progress.BEGUN, Progress.UNCLEAR}:
            yield step
    if request.undo is not None and request.undo.window is Window.RECLAIMING:
        for step, state in zip(request.plan.reclaims, request.undo.reclaims, strict=True):
            if state.progress is not Progress.DONE:
                yield step


def names_of(connection: sa.Connection, request_id: RequestId, step: int) -> tuple[str, ...]:
    """Return the names that went with a step of a request, or before the guard that it removed."""
    of_step = (record.c.request_id == request_id, record.c.step == step)
    query = sa.select(record.c.reference, record.c.names).where(*of_step).order_by(record.c.number)
    rows = connection.execute(query).all()
    names = (name for row in rows for name in ([row.reference] if row.reference else row.names.split()))
    return tuple(dict.fromkeys(names))
