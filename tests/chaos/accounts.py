"""Three accounts of what happened, held against each other: the daemons', the record's and the messages'."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from slack_sdk import WebClient

from bot.approval.lifecycle import ENDED
from bot.approval.request import Request, RequestId, State
from bot.audit.chain import Broken
from bot.audit.query import HistoryRecord, Query
from bot.flows.verify import verified
from bot.images.restoral import PutBack
from bot.slack.blocks import Said
from bot.slack.fleet import fleet_message
from bot.slack.request_message import request_message
from tests.chaos.hosts import Account, Differences, deleted, left, put_back, untagged
from tests.chaos.scene import APPROVALS, LATE, Ear, Scene

PAGE = 200


def differences(scene: Scene, ears: dict[str, Ear], names: dict[str, frozenset[str]]) -> Differences:
    """Compare them, once nothing is under way any more. *names* are those that each host had in the beginning."""
    found = Differences()
    with scene.store.reading() as reading:
        requests = reading.requests(*State, limit=100_000)
        records = tuple(each for each in reading.every_entry(Query()) if isinstance(each, HistoryRecord))
        checked = verified(reading)
    if isinstance(checked, Broken):
        found.chain.append(f"event {checked.sequence}: {checked.why}")
    for host, daemon in scene.daemons.items():
        here = [request for request in requests if request.plan.host == host]
        ours = [record for record in records if record.host == host]
        found.unexplained += [
            f"{host}: {r.image_id} left outside the bot, says record {r.number}" for r in ours if not r.request
        ]
        account = Account(host=host, daemon=daemon, told=tuple(ears[host].told), records=tuple(ours), requests=here)
        deleted(found, account)
        untagged(found, account)
        put_back(found, account)
        left(found, account, names[host])
    _approved(found, requests, records)
    _shown(found, scene, requests)
    return found


def _approved(found: Differences, requests: Iterable[Request], records: Iterable[HistoryRecord]) -> None:
    """Hold the requests against the record: what ended otherwise removed nothing, and nothing was removed twice."""
    by_request = Counter(record.request for record in records)
    for request in requests:
        removed = by_request[request.id]
        if request.state not in ENDED:
            found.lost.append(f"request {request.id} is still {request.state}")
        did = removed or any(isinstance(step.outcome, PutBack) for step in request.steps)
        if request.state is State.FINISHED and not did:
            found.unexplained.append(f"request {request.id} is finished, and nothing of it is on record")
        if request.state is not State.FINISHED and request.state in ENDED and removed:
            found.unexplained.append(f"request {request.id} is {request.state}, and {removed} records say it removed")
        expires = request.needs.rule == LATE
        if request.state is State.DRIFTED or (request.state is State.EXPIRED and not expires):
            why = request.closing.why if request.closing else ""
            found.unexplained.append(f"request {request.id} is {request.state}: {why}")


def _shown(found: Differences, scene: Scene, requests: Iterable[Request]) -> None:
    """Hold what the approvals channel shows against the requests: one message each, as the request stands.

    A request for several hosts has one for all of them, under a number of its own.
    """
    shown: dict[str, list[dict[str, Any]]] = {}
    for message in _said(scene, APPROVALS):
        about = message.get("metadata") or {}
        if about.get("event_type") == "img_request":
            shown.setdefault(str(about["event_payload"]["id"]), []).append(message)
    for number, wanted in _wanted(scene, requests).items():
        messages = shown.pop(str(number), [])
        if not messages:
            found.lost.append(f"request {number} has no message")
        if len(messages) > 1:
            found.doubled.append(f"request {number} has {len(messages)} messages")
        found.stale += [f"request {number}: {why}" for message in messages if (why := _stale(message, wanted))]
    found.unexplained += [f"there is a message of request {number}" for number in shown]


def _wanted(scene: Scene, requests: Iterable[Request]) -> dict[RequestId, Said]:
    """Return the message that there has to be of each number."""
    wanted = {request.id: request_message(request) for request in requests if request.member is None}
    with scene.store.reading() as reading:
        for number in {request.member.fleet for request in requests if request.member}:
            if (fleet := reading.fleet(number)) is not None:
                wanted[number] = fleet_message(fleet)
    return wanted


def _said(scene: Scene, channel: str) -> Iterable[dict[str, Any]]:
    client = WebClient(scene.place.bot_token, base_url=scene.place.api_url)
    for page in client.conversations_history(channel=channel, limit=PAGE, include_all_metadata=True):
        yield from page["messages"]


def _stale(message: dict[str, Any], wanted: Said) -> str:
    if message["text"] != wanted.text:
        return f"it says {message['text']!r}, and should say {wanted.text!r}"
    if [_bare(block) for block in message["blocks"]] != [_bare(block) for block in wanted.blocks]:
        return "its blocks are not those that it should have"
    return ""


def _bare(block: object) -> object:
    """Return a block without the IDs that Slack gives it."""
    if isinstance(block, dict):
        return {key: _bare(value) for key, value in block.items() if key != "block_id"}
    return [_bare(each) for each in block] if isinstance(block, list) else block
