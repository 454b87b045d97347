"""Notes, which change no request, as JSON, and back. Their time is a column of its own, like that of every event."""

from datetime import datetime
from typing import assert_never

from bot.approval.events import Event
from bot.approval.fleet import FleetAsked, FleetNarrowed
from bot.approval.notes import (
    DatabaseAway,
    GroupMembers,
    LayersGone,
    LeftOutside,
    Note,
    PolicyChanged,
    RecordRead,
    Refusal,
    Started,
    Stopped,
)
from bot.approval.proof import Acknowledged, Checkpoint, Disproved, Proved, Restored
from bot.approval.request import RequestId
from bot.db import fleet_codec, proof_codec
from bot.db.columns import micros
from bot.db.fields import Fields
from bot.db.left_codec import layers_from_json, layers_to_json, left_from_json, left_to_json
from bot.db.plan_codec import Object
from bot.db.waiting_codec import person_from_json, person_to_json
from bot.images.inventory import Store

KINDS: dict[type[Event | Note], str] = {
    Refusal: "refusal",
    Started: "started",
    Stopped: "stopped",
    DatabaseAway: "database-away",
    PolicyChanged: "policy-changed",
    GroupMembers: "group-members",
    LeftOutside: "left-outside",
    LayersGone: "layers-gone",
    RecordRead: "record-read",
    FleetAsked: "fleet-asked",
    FleetNarrowed: "fleet-narrowed",
    **proof_codec.KINDS,
}
"""What each note is called in the record."""


def to_json(note: Note) -> Object:
    """Return *note*, but for its time and for the request that it is about."""
    match note:
        case Refusal(by=by, action=action, answer=answer):
            return {"by": person_to_json(by), "action": action, "answer": answer}
        case Started(owner=owner, version=version):
            return {"owner": owner, "version": version}
        case Stopped(owner=owner):
            return {"owner": owner}
        case DatabaseAway(since=since, why=why, owner=owner):
            return {"since": micros(since), "why": why, "owner": owner}
        case PolicyChanged(digest=digest, before=before, changes=changes):
            return {"digest": digest, "before": before, "changes": list(changes)}
        case GroupMembers(group=group, added=added, removed=removed):
            return {"group": group, "added": list(added), "removed": list(removed)}
        case RecordRead(by=by, query=query, user=user):
            return {"by": None if by is None else person_to_json(by), "query": query, "user": user}
        case FleetAsked():
            return fleet_codec.fleet_to_json(note)
        case FleetNarrowed():
            return fleet_codec.narrowed_to_json(note)
        case Checkpoint() | Proved() | Disproved() | Acknowledged() | Restored():
            return proof_codec.to_json(note)
        case LeftOutside(left=left, pruned=pruned):
            return {**_place(note), "left": [left_to_json(each) for each in left], "pruned": pruned}
        case LayersGone(step=step, layers=layers, names=names):
            return {**_place(note), "step": step, "layers": layers_to_json(layers), "names": list(names)}
        case _:
            assert_never(note)


def _place(note: LeftOutside | LayersGone) -> Object:
    return {"host": note.host, "daemon_id": note.daemon_id, "store": note.store.value}


def from_json(kind: str, fields: Fields, at: datetime, request_id: RequestId | None) -> Note | None:
    """Return the note that was stored; None for a kind that this version does not know."""
    match kind:
        case "refusal":
            by, action = person_from_json(fields.object("by")), fields.text("action")
            return Refusal(at=at, by=by, action=action, answer=fields.text("answer"), request_id=request_id)
        case "started":
            return Started(at=at, owner=fields.text("owner"), version=fields.text("version"))
        case "stopped":
            return Stopped(at=at, owner=fields.text("owner"))
        case "database-away":
            since, why = fields.moment("since"), fields.text("why")
            return DatabaseAway(at=at, since=since, why=why, owner=fields.text("owner"))
        case "policy-changed":
            digest, before = fields.text("digest"), fields.text("before")
            return PolicyChanged(at=at, digest=digest, before=before, changes=fields.texts("changes"))
        case "group-members":
            added, removed = fields.texts("added"), fields.texts("removed")
            return GroupMembers(at=at, group=fields.text("group"), added=added, removed=removed)
        case "record-read":
            reader, user = fields.maybe_object("by"), fields.text("user")
            person = None if reader is None else person_from_json(reader)
            return RecordRead(at=at, by=person, query=fields.text("query"), user=user)
        case "fleet-asked":
            return fleet_codec.fleet_from_json(fields, at)
        case "fleet-narrowed":
            return fleet_codec.narrowed_from_json(fields, at)
        case "left-outside":
            return _left_outside(fields, at)
        case "layers-gone" if request_id is not None:
            return _layers_gone(fields, at, request_id)
    return proof_codec.from_json(kind, fields, at)


def _left_outside(fields: Fields, at: datetime) -> LeftOutside:
    return LeftOutside(
        at=at,
        host=fields.text("host"),
        daemon_id=fields.text("daemon_id"),
        store=fields.one_of("store", Store),
        left=tuple(left_from_json(each) for each in fields.objects("left")),
        pruned=fields.flag("pruned"),
    )


def _layers_gone(fields: Fields, at: datetime, request_id: RequestId) -> LayersGone:
    return LayersGone(
        at=at,
        request_id=request_id,
        step=fields.number("step"),
        host=fields.text("host"),
        daemon_id=fields.text("daemon_id"),
        store=fields.one_of("store", Store),
        layers=layers_from_json(fields),
        names=fields.texts("names"),
    )
