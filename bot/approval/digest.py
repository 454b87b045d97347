"""What exactly is approved: the digest of a plan, and the short code that people compare.

The digest covers what can happen: host, daemon, image store, the command, and of each step the word, the target, the
image that it meant, force and prune, and the predicted records in order, or the kind of refusal. Of a plan that can be
undone it covers what goes in the end as well. Where images are put back it covers the request that removed them, and of
each image where it is pulled from and the names that it lost and gets. It leaves out what may differ between two plans
that do the same: sizes, Docker's wording, what stays, certainty, hints, notes, and grades: a registry that is down for
a moment must not void an approval. Rules go by these, and say so where they change.

An approval is bound to it, so what it covers never changes under a number: a change is a new ``FORMAT``.
"""

import hashlib
from collections.abc import Sequence
from typing import assert_never

import rfc8785

from bot.approval.fleet import FleetAsked
from bot.approval.request import PlanDigest
from bot.images.removal import DeletedImage, DeletedLayer, Plan, Record, Refused, Removed, Step, Untagged
from bot.images.restoral import AnyPlan, Gain, NotPutBack, Pulled, PutBack, RestorePlan, RestoreStep

FORMAT = 1

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, which are misread or misheard."""


def canonical(plan: AnyPlan) -> bytes:
    """Return what the digest is of: the essence of *plan* in the canonical JSON of RFC 8785."""
    common: dict[str, str | int] = {
        "format": FORMAT,
        "host": plan.host,
        "daemon_id": plan.daemon_id,
        "store": plan.store.value,
        "command": plan.command,
    }
    match plan:
        case Plan(steps=steps, reclaims=reclaims):
            later = {"reclaims": [_step(step) for step in reclaims]} if reclaims else {}
            return rfc8785.dumps({**common, "steps": [_step(step) for step in steps], **later})
        case RestorePlan(steps=restorals, of=of):
            return rfc8785.dumps({**common, "restores": of, "steps": [_restoral(step) for step in restorals]})
        case _:
            assert_never(plan)


def digest(plan: AnyPlan) -> PlanDigest:
    """Return the SHA-256 of ``canonical(plan)``, as 64 lowercase hexadecimal digits."""
    return PlanDigest(hashlib.sha256(canonical(plan)).hexdigest())


def fleet_digest(command: str, parts: Sequence[PlanDigest], unplanned: Sequence[str], canary: int) -> PlanDigest:
    """Return the digest over a fleet: those of its members in order, the hosts not planned, and how many go first."""
    essence: dict[str, str | int | list[str]] = {
        "format": FORMAT,
        "command": command,
        "parts": list(parts),
        "unplanned": list(unplanned),
        "canary": canary,
    }
    return PlanDigest(hashlib.sha256(rfc8785.dumps(essence)).hexdigest())


def digest_over(asked: FleetAsked) -> PlanDigest:
    """Return the digest over what is asked of several hosts; one that was left out is as one without a plan."""
    kept = [part.digest for part in asked.parts if not part.left_out]
    left_out = [part.host for part in asked.parts if part.left_out]
    return fleet_digest(asked.command, kept, [*(each.host for each in asked.unplanned), *left_out], asked.canary)


def code(digest: PlanDigest) -> str:
    """Return the first 40 bits of *digest* in two groups, such as ``K7QF-2M9D``: to be compared, not to be trusted."""
    bits = int(digest[:10], 16)
    letters = "".join(_ALPHABET[bits >> shift & 31] for shift in range(35, -1, -5))
    return f"{letters[:4]}-{letters[4:]}"


def same_code(typed: str, code: str) -> bool:
    """Whether somebody typed this code, in whatever case and with or without its dash."""
    return typed.strip().upper().replace("-", "") == code.replace("-", "")


_Object = dict[str, "str | bool | list[dict[str, str]] | None"]


def _step(step: Step) -> _Object:
    removal = step.removal
    essence: _Object = {
        "word": removal.word,
        "target": removal.target,
        "image_id": removal.image_id,
        "force": removal.force,
        "prune": removal.prune,
    }
    match step.outcome:
        case Removed(records=records):
            return essence | {"records": [_record(record) for record in records]}
        case Refused(refusal=refusal):
            return essence | {"refusal": refusal.value}
        case _:
            assert_never(step.outcome)


def _restoral(step: RestoreStep) -> dict[str, "str | list[str] | list[dict[str, str]] | None"]:
    restoral = step.restoral
    essence: dict[str, str | list[str] | list[dict[str, str]] | None] = {
        "image_id": restoral.image_id,
        "source": restoral.source,
        "names": list(restoral.names),
    }
    match step.outcome:
        case PutBack(gains=gains):
            return essence | {"gains": [_gain(gain) for gain in gains]}
        case NotPutBack(obstacle=obstacle):
            return essence | {"obstacle": obstacle.value}
        case _:
            assert_never(step.outcome)


def _gain(gain: Gain) -> dict[str, str]:
    kind = "pulled" if isinstance(gain, Pulled) else "tagged"
    return {kind: gain.reference, "image_id": gain.image_id}


def _record(record: Record) -> dict[str, str]:
    match record:
        case Untagged(reference=reference, image_id=image_id):
            return {"untagged": reference, "image_id": image_id}
        case DeletedImage(image_id=image_id):
            return {"deleted": image_id}
        case DeletedLayer(chain_id=chain_id, image_id=image_id):
            return {"deleted": chain_id, "image_id": image_id}
        case _:
            assert_never(record)
