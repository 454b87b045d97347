"""What Slack delivers: what of it is kept, and how it is read back.

A delivery is committed as JSON of exactly these fields. Names, e-mail addresses and everything else that Slack sends
along are left out: nothing here may ever be decided by them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.approval.request import Person
from bot.db.store import Delivery
from bot.flows.answers import FormKind
from bot.flows.ports import Button, Click, GroupChanged, ReplyTo, Submitted, Typed
from bot.slack import forms

COMMAND = "command"
CLICK = "click"
FORM = "form"
GROUP = "group"

STAYING = frozenset({Button.OLDER, Button.NEWER, Button.CSV, Button.JSON_LINES, Button.EVIDENCE})
"""Buttons that can be pressed again: a private answer with another button that was used is replaced."""

Payload = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A delivery as it is committed."""

    key: str
    kind: str
    body: str


def command(payload: Payload) -> Received:
    """Keep what counts of a slash command (docs.slack.dev/interactivity/implementing-slash-commands).

    Slack gives a command no ID of its own; ``trigger_id`` is the only thing that differs from one to the next.
    """
    kept = {
        "team": _text(payload, "team_id"),
        "user": _text(payload, "user_id"),
        "channel": _text(payload, "channel_id"),
        "text": _text(payload, "text"),
        "url": _text(payload, "response_url"),
    }
    key = _text(payload, "trigger_id") or kept["url"]
    return Received(key=f"{COMMAND}:{key}", kind=COMMAND, body=json.dumps(kept, ensure_ascii=False))


def click(payload: Payload) -> Received:
    """Keep what counts of a pressed button (docs.slack.dev/reference/interaction-payloads/block_actions-payload).

    The team is the clicking person's own: in a shared channel it is not the one that the bot is installed in.
    """
    actions = payload.get("actions")
    action = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], Mapping) else {}
    user, container = _table(payload, "user"), _table(payload, "container")
    kept = {
        "team": _text(user, "team_id") or _text(_table(payload, "team"), "id"),
        "user": _text(user, "id"),
        "channel": _text(container, "channel_id") or _text(_table(payload, "channel"), "id"),
        "ts": "" if container.get("is_ephemeral") else _text(container, "message_ts"),
        "button": _text(action, "action_id"),
        "value": _text(action, "value"),
        "url": _text(payload, "response_url"),
        "trigger": _text(payload, "trigger_id"),
    }
    key = f"{_text(payload, 'trigger_id')}:{_text(action, 'action_ts')}"
    return Received(key=f"{CLICK}:{key}", kind=CLICK, body=json.dumps(kept, ensure_ascii=False))


def submission(payload: Payload) -> Received:
    """Keep what counts of a form (docs.slack.dev/reference/interaction-payloads/view-interactions-payload).

    One view is submitted once: its ID is the key.
    """
    view, user = _table(payload, "view"), _table(payload, "user")
    carried, filled = forms.carried(_text(view, "private_metadata")), forms.filled(_table(view, "state"))
    kept = {
        "team": _text(user, "team_id") or _text(_table(payload, "team"), "id"),
        "user": _text(user, "id"),
        "channel": carried.channel,
        "url": carried.url,
        "form": _text(view, "callback_id"),
        "value": carried.value,
        "text": filled.text,
        "chosen": list(filled.chosen),
    }
    return Received(key=f"{FORM}:{_text(view, 'id')}", kind=FORM, body=json.dumps(kept, ensure_ascii=False))


def group(payload: Payload) -> Received:
    """Keep which user group an event is about (docs.slack.dev/reference/events/subteam_members_changed and its like).

    Who came or went is left out: it is read from Slack.
    """
    event = _table(payload, "event")
    kept = {"group": _text(event, "subteam_id") or _text(_table(event, "subteam"), "id")}
    return Received(key=f"{GROUP}:{_text(payload, 'event_id')}", kind=GROUP, body=json.dumps(kept))


def read(delivery: Delivery) -> Typed | Click | Submitted | GroupChanged | None:
    """Read a committed delivery back. None for a button or a form that is none of ours (an old message, a link)."""
    kept = json.loads(delivery.body)
    if delivery.kind == GROUP:
        return GroupChanged(key=delivery.key, group_id=kept["group"])
    person = Person(team_id=kept["team"], user_id=kept["user"])
    if delivery.kind == FORM:
        return _submitted(delivery.key, kept, person)
    if delivery.kind == COMMAND:
        reply_to = ReplyTo(person=person, channel=kept["channel"], url=kept["url"])
        return Typed(key=delivery.key, text=kept["text"], reply_to=reply_to)
    if kept["button"] not in set(Button):
        return None
    pressed = Button(kept["button"])
    replaces = not kept["ts"] and pressed not in STAYING
    return Click(
        key=delivery.key,
        button=pressed,
        value=kept["value"],
        channel=kept["channel"],
        ts=kept["ts"],
        trigger=kept.get("trigger", ""),
        reply_to=ReplyTo(person=person, channel=kept["channel"], url=kept["url"], replaces=replaces),
    )


def _submitted(key: str, kept: Mapping[str, Any], person: Person) -> Submitted | None:
    if kept["form"] not in set(FormKind):
        return None
    return Submitted(
        key=key,
        form=FormKind(kept["form"]),
        value=kept["value"],
        text=kept["text"],
        chosen=tuple(kept["chosen"]),
        reply_to=ReplyTo(person=person, channel=kept["channel"], url=kept.get("url", "")),
    )


def _text(table: Payload, key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""


def _table(table: Payload, key: str) -> Payload:
    value = table.get(key)
    return value if isinstance(value, Mapping) else {}
