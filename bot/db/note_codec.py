"""Notes, which change no request, as JSON, and back. Their time is a column of its own, like that of every event."""

from datetime import datetime
from typing import assert_never

from bot.approval.events import Event, GroupMembers, Note, PolicyChanged, RecordRead, Refusal, Started, Stopped
from bot.approval.proof import Acknowledged, Checkpoint, Disproved, Proved
from bot.approval.request import RequestId
from bot.db import proof_codec
from bot.db.fields import Fields
from bot.db.plan_codec import Object
from bot.db.waiting_codec import person_from_json, person_to_json

KINDS: dict[type[Event | Note], str] = {
    Refusal: "refusal",
    Started: "started",
    Stopped: "stopped",
    PolicyChanged: "policy-changed",
    GroupMembers: "group-members",
    RecordRead: "record-read",
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
        case PolicyChanged(digest=digest, before=before, changes=changes):
            return {"digest": digest, "before": before, "changes": list(changes)}
        case GroupMembers(group=group, added=added, removed=removed):
            return {"group": group, "added": list(added), "removed": list(removed)}
        case RecordRead(by=by, query=query, user=user):
            return {"by": None if by is None else person_to_json(by), "query": query, "user": user}
        case Checkpoint() | Proved() | Disproved() | Acknowledged():
            return proof_codec.to_json(note)
        case _:
            assert_never(note)


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
    return proof_codec.from_json(kind, fields, at)
