"""Three accounts of what happened, held against each other: the daemons', the record's and the messages'."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from slack_sdk import WebClient

from bot.approval.lifecycle import ENDED
from bot.approval.request import Request, State
from bot.audit.chain import Broken
from bot.audit.query import HistoryRecord, Query
from bot.flows.verify import verified
from bot.slack.request_message import request_message
from tests.chaos.scene import APPROVALS, Ear, Scene

PAGE = 200


@dataclass(slots=True)
class Differences:
    """What the accounts do not agree on, by kind, each as a sentence."""

    doubled: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    chain: list[str] = field(default_factory=list)

    @property
    def none(self) -> bool:
        """Whether they agree."""
        return not any((self.doubled, self.lost, self.unexplained, self.stale, self.chain))


def differences(scene: Scene, ears: dict[str, Ear]) -> Differences:
    """Compare them, once nothing is under way any more."""
    found = Differences()
    with scene.store.reading() as reading:
        requests = reading.requests(*State, limit=100_000)
        records = tuple(each for each in reading.every_entry(Query()) if isinstance(each, HistoryRecord))
        checked = verified(reading)
    if isinstance(checked, Broken):
        found.chain.append(f"event {checked.sequence}: {checked.why}")
    for host, ear in ears.items():
        _removed(found, host, ear, [record for record in records if record.host == host])
    _approved(found, requests, records)
    _shown(found, scene, requests)
    return found


def _removed(found: Differences, host: str, ear: Ear, records: Iterable[HistoryRecord]) -> None:
    """Hold what a daemon told of deleted images and lost names against the record."""
    told = list(ear.told)
    ours = list(records)
    found.unexplained += [
        f"{host}: {r.image_id} left outside the bot, says record {r.number}" for r in ours if not r.request
    ]
    for action, kind in (("delete", "deleted"), ("untag", "untagged")):
        by_daemon = Counter(_id(identifier) for told_action, identifier in told if told_action == action)
        by_record = Counter(r.image_id for r in ours if r.kind == kind and not r.chain_id and r.request)
        if action == "untag":  # the containerd store tells the name, not the image, and both tell of each once
            _counted(found, host, kind, sum(by_daemon.values()), sum(by_record.values()))
            continue
        found.lost += [f"{host}: {image} was {kind} and is not on record" for image in by_daemon - by_record]
        found.doubled += [f"{host}: {image} is on record as {kind} once too often" for image in by_record - by_daemon]


def _counted(found: Differences, host: str, kind: str, by_daemon: int, by_record: int) -> None:
    if by_daemon > by_record:
        found.lost.append(f"{host}: {by_daemon - by_record} names were {kind} and are not on record")
    if by_record > by_daemon:
        found.doubled.append(f"{host}: {by_record - by_daemon} names are on record as {kind} once too often")


def _id(identifier: str) -> str:
    return identifier if identifier.startswith("sha256:") else f"sha256:{identifier}"


def _approved(found: Differences, requests: Iterable[Request], records: Iterable[HistoryRecord]) -> None:
    """Hold the requests against the record: what ended otherwise removed nothing, and nothing was removed twice."""
    by_request = Counter(record.request for record in records)
    for request in requests:
        removed = by_request[request.id]
        if request.state not in ENDED:
            found.lost.append(f"request {request.id} is still {request.state}")
        if request.state is State.FINISHED and not removed:
            found.unexplained.append(f"request {request.id} is finished, and nothing of it is on record")
        if request.state is not State.FINISHED and request.state in ENDED and removed:
            found.unexplained.append(f"request {request.id} is {request.state}, and {removed} records say it removed")
        if request.state in {State.EXPIRED, State.DRIFTED}:
            why = request.closing.why if request.closing else ""
            found.unexplained.append(f"request {request.id} is {request.state}: {why}")


def _shown(found: Differences, scene: Scene, requests: Iterable[Request]) -> None:
    """Hold what the approvals channel shows against the requests: one message each, as the request stands."""
    shown: dict[str, list[dict[str, Any]]] = {}
    for message in _said(scene, APPROVALS):
        about = message.get("metadata") or {}
        if about.get("event_type") == "img_request":
            shown.setdefault(str(about["event_payload"]["id"]), []).append(message)
    for request in requests:
        messages = shown.pop(str(request.id), [])
        if not messages:
            found.lost.append(f"request {request.id} has no message")
        if len(messages) > 1:
            found.doubled.append(f"request {request.id} has {len(messages)} messages")
        found.stale += [f"request {request.id}: {why}" for message in messages if (why := _stale(message, request))]
    found.unexplained += [f"there is a message of request {number}" for number in shown]


def _said(scene: Scene, channel: str) -> Iterable[dict[str, Any]]:
    client = WebClient(scene.place.bot_token, base_url=scene.place.api_url)
    for page in client.conversations_history(channel=channel, limit=PAGE, include_all_metadata=True):
        yield from page["messages"]


def _stale(message: dict[str, Any], request: Request) -> str:
    wanted = request_message(request)
    if message["text"] != wanted.text:
        return f"it says {message['text']!r}, and should say {wanted.text!r}"
    if [_bare(block) for block in message["blocks"]] != [_bare(block) for block in wanted.blocks]:
        return "its blocks are not the request's"
    return ""


def _bare(block: object) -> object:
    """Return a block without the IDs that Slack gives it."""
    if isinstance(block, dict):
        return {key: _bare(value) for key, value in block.items() if key != "block_id"}
    return [_bare(each) for each in block] if isinstance(block, list) else block
