"""What binds requests on several hosts together, as JSON, and back."""

from datetime import datetime

from bot.approval.fleet import FleetAsked, FleetNarrowed, HostPlan, Unplanned
from bot.approval.request import Member, PlanDigest, RequestId, Token
from bot.db.columns import micros
from bot.db.fields import Fields
from bot.db.needs_codec import needs_from_json, needs_to_json
from bot.db.plan_codec import Object
from bot.db.waiting_codec import person_from_json, person_to_json


def member_to_json(member: Member | None) -> Object:
    """Return what binds a request to others as one key; nothing where nothing does."""
    if member is None:
        return {}
    return {
        "member": {
            "fleet": member.fleet,
            "digest": member.digest,
            "ruled": needs_to_json(member.ruled),
            "waits": member.waits,
        }
    }


def member_from_json(fields: Fields | None) -> Member | None:
    """Return what binds a request to others; None where nothing does."""
    if fields is None:
        return None
    return Member(
        fleet=RequestId(fields.number("fleet")),
        digest=PlanDigest(fields.text("digest")),
        ruled=needs_from_json(fields.object("ruled")),
        waits=fields.flag("waits"),
    )


def fleet_to_json(fleet: FleetAsked) -> Object:
    """Return a fleet, but for its time."""
    return {
        "number": fleet.number,
        "by": person_to_json(fleet.by),
        "channel": fleet.channel,
        "reason": fleet.reason,
        "command": fleet.command,
        "digest": fleet.digest,
        "token": fleet.token,
        "parts": [_part_to_json(part) for part in fleet.parts],
        "unplanned": [{"host": each.host, "why": each.why} for each in fleet.unplanned],
        "canary": fleet.canary,
        "uses": list(fleet.uses),
    }


def fleet_from_json(fields: Fields, at: datetime) -> FleetAsked:
    """Return the fleet that was stored."""
    return FleetAsked(
        at=at,
        number=RequestId(fields.number("number")),
        by=person_from_json(fields.object("by")),
        channel=fields.text("channel"),
        reason=fields.text("reason"),
        command=fields.text("command"),
        digest=PlanDigest(fields.text("digest")),
        token=Token(fields.text("token")),
        parts=tuple(map(_part_from_json, fields.objects("parts"))),
        unplanned=tuple(
            Unplanned(host=each.text("host"), why=each.text("why")) for each in fields.objects("unplanned")
        ),
        canary=fields.number("canary"),
        uses=fields.texts("uses"),
    )


def _part_to_json(part: HostPlan) -> Object:
    left_out: Object = {"left_out": True} if part.left_out else {}  # once none was
    return {"host": part.host, "digest": part.digest} | left_out


def _part_from_json(fields: Fields) -> HostPlan:
    return HostPlan(
        host=fields.text("host"), digest=PlanDigest(fields.text("digest")), left_out=fields.maybe_flag("left_out")
    )


def narrowed_to_json(note: FleetNarrowed) -> Object:
    """Return what was left out of a fleet, and what is asked for since, but for the time."""
    return {
        "by": person_to_json(note.by),
        "basis": note.basis,
        "asked": fleet_to_json(note.asked) | {"at": micros(note.asked.at)},
        "hosts": list(note.hosts),
        "words": list(note.words),
        "version": note.version,
    }


def narrowed_from_json(fields: Fields, at: datetime) -> FleetNarrowed:
    """Return what was left out of a fleet, as it was stored."""
    asked = fields.object("asked")
    return FleetNarrowed(
        at=at,
        by=person_from_json(fields.object("by")),
        basis=fields.text("basis"),
        asked=fleet_from_json(asked, asked.moment("at")),
        hosts=fields.texts("hosts"),
        words=fields.texts("words"),
        version=fields.number("version"),
    )
