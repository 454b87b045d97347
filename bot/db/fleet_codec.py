"""What binds requests on several hosts together, as JSON, and back."""

from datetime import datetime

from bot.approval.fleet import FleetAsked, HostPlan, Unplanned
from bot.approval.request import Member, PlanDigest, RequestId, Token
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
        "parts": [{"host": part.host, "digest": part.digest} for part in fleet.parts],
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
        parts=tuple(
            HostPlan(host=each.text("host"), digest=PlanDigest(each.text("digest"))) for each in fields.objects("parts")
        ),
        unplanned=tuple(
            Unplanned(host=each.text("host"), why=each.text("why")) for each in fields.objects("unplanned")
        ),
        canary=fields.number("canary"),
        uses=fields.texts("uses"),
    )
