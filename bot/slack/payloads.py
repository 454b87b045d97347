"""What Slack delivers: what of it is kept, and how it is read back.

A delivery is committed as JSON of exactly these fields. Names, e-mail addresses and everything else that Slack sends
along are left out: nothing here may ever be decided by them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.approval.request import Person
from bot.db.store import LATE, Arrived, Delivery
from bot.flows.answers import FormKind
from bot.flows.overviews import HomePage, Which
from bot.flows.ports import (
    HOME,
    Button,
    Click,
    Delivered,
    Drawn,
    GroupChanged,
    HomeOpened,
    Late,
    ReplyTo,
    Submitted,
    Typed,
)
from bot.slack import forms, new_form
from bot.slack.home import PAGES

COMMAND = "command"
CLICK = "click"
FORM = "form"
GROUP = "group"

STAYING = frozenset(
    {
        *(Button.OLDER, Button.NEWER, Button.CSV, Button.JSON_LINES, Button.EVIDENCE),
        *(Button.NEW, Button.HOST, Button.DETAILS, Button.PAGE, Button.PAGE_BACK),
    }
)
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
        "trigger": _text(payload, "trigger_id"),
    }
    key = _text(payload, "trigger_id") or kept["url"]
    return Received(key=f"{COMMAND}:{key}", kind=COMMAND, body=json.dumps(kept, ensure_ascii=False))


def click(payload: Payload) -> Received:
    """Keep what counts of a pressed button (docs.slack.dev/reference/interaction-payloads/block_actions-payload).

    The team is the clicking person's own: in a shared channel it is not the one that the bot is installed in.
    """
    actions = payload.get("actions")
    action = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], Mapping) else {}
    container = _table(payload, "container")
    kept = {
        **_who(payload),
        "channel": _text(container, "channel_id") or _text(_table(payload, "channel"), "id"),
        "ts": "" if container.get("is_ephemeral") else _text(container, "message_ts"),
        "button": _text(action, "action_id"),
        "value": _text(action, "value") or _text(_table(action, "selected_option"), "value"),
        "url": _text(payload, "response_url"),
        "trigger": _text(payload, "trigger_id"),
        **_in_a_form(_table(payload, "view")),
    }
    key = f"{_text(payload, 'trigger_id')}:{_text(action, 'action_ts')}"
    kind = HOME if kept["button"] in PAGES else CLICK
    return Received(key=f"{kind}:{key}", kind=kind, body=json.dumps(kept, ensure_ascii=False))


def _who(payload: Payload) -> dict[str, object]:
    """Return whose doing it is, with their own team: in a shared channel it is not the bot's."""
    user = _table(payload, "user")
    return {
        "team": _text(user, "team_id") or _text(_table(payload, "team"), "id"),
        "user": _text(user, "id"),
    }


def _in_a_form(view: Payload) -> dict[str, object]:
    """Return what a button of a form brings along: the form, what it carries, and where its answer goes."""
    if view.get("callback_id") not in set(FormKind):
        return {}
    carried = forms.carried(_text(view, "private_metadata"))
    return {
        "form": _text(view, "callback_id"),
        "view": _text(view, "id"),
        "carried": carried.value,
        "left_out": sorted(forms.left_out(view)),
        "channel": carried.channel,
        "url": carried.url,
    }


def shortcut(payload: Payload) -> Received:
    """Keep a shortcut: it opens the same form as a button (docs.slack.dev/interactivity/implementing-shortcuts)."""
    kept = {
        **_who(payload),
        "channel": "",
        "ts": "",
        "button": _text(payload, "callback_id"),
        "value": "",
        "url": "",
        "trigger": _text(payload, "trigger_id"),
    }
    key = f"{_text(payload, 'trigger_id')}:{_text(payload, 'action_ts')}"
    return Received(key=f"{CLICK}:{key}", kind=CLICK, body=json.dumps(kept, ensure_ascii=False))


def home(payload: Payload) -> Received | None:
    """Keep that somebody opened the Home tab; None for another tab (docs.slack.dev/reference/events/app_home_opened).

    The event has no team of its own: whether somebody is of this workspace is asked later.
    """
    event = _table(payload, "event")
    if event.get("tab", HOME) != HOME:
        return None
    kept = {"team": _text(payload, "team_id"), "user": _text(event, "user"), "value": ""}
    return Received(key=f"{HOME}:{_text(payload, 'event_id')}", kind=HOME, body=json.dumps(kept))


def submission(payload: Payload) -> Received:
    """Keep what counts of a form (docs.slack.dev/reference/interaction-payloads/view-interactions-payload).

    One view is submitted once: its ID is the key.
    """
    view = _table(payload, "view")
    carried, filled = forms.carried(_text(view, "private_metadata")), forms.filled(_table(view, "state"))
    kind = _text(view, "callback_id")
    kept = {
        **_who(payload),
        "channel": carried.channel,
        "url": carried.url,
        "form": kind,
        "value": new_form.typed(view) if kind == FormKind.NEW else carried.value,
        "text": filled.text,
        "chosen": list(filled.chosen),
        "left_out": sorted(forms.left_out(view)),
    }
    return Received(key=f"{FORM}:{_text(view, 'id')}", kind=FORM, body=json.dumps(kept, ensure_ascii=False))


def group(payload: Payload) -> Received:
    """Keep which user group an event is about (docs.slack.dev/reference/events/subteam_members_changed and its like).

    Who came or went is left out: it is read from Slack.
    """
    event = _table(payload, "event")
    kept = {"group": _text(event, "subteam_id") or _text(_table(event, "subteam"), "id")}
    return Received(key=f"{GROUP}:{_text(payload, 'event_id')}", kind=GROUP, body=json.dumps(kept))


def late(answer: Late) -> Received:
    """Keep an answer that Slack did not take. An imgbot that knows none reads a button that is none of ours."""
    to = answer.reply_to
    kept = {
        "team": to.person.team_id,
        "user": to.person.user_id,
        "channel": to.channel,
        "url": to.url,
        "replaces": to.replaces,
        "drawn": answer.drawn,
        "button": "",
    }
    return Received(key=answer.key, kind=LATE, body=json.dumps(kept, ensure_ascii=False))


def kept(answer: Late, at: datetime) -> Arrived:
    """Return what is kept of an answer that Slack did not take at this moment, without a seal."""
    made = late(answer)
    return Arrived(key=made.key, kind=made.kind, body=made.body, at=at)


def read(delivery: Delivery) -> Delivered | None:
    """Read a committed delivery back. None for a button or a form that is none of ours (an old message, a link)."""
    kept = json.loads(delivery.body)
    if delivery.kind == GROUP:
        return GroupChanged(key=delivery.key, group_id=kept["group"])
    person = Person(team_id=kept["team"], user_id=kept["user"])
    if delivery.kind == HOME:
        return HomeOpened(key=delivery.key, person=person, page=page_of(kept["value"]))
    if delivery.kind == FORM:
        return _submitted(delivery.key, kept, person)
    if delivery.kind == LATE:
        late_for = ReplyTo(person=person, channel=kept["channel"], url=kept["url"], replaces=kept["replaces"])
        return Late(key=delivery.key, reply_to=late_for, drawn=Drawn(kept["drawn"]))
    if delivery.kind == COMMAND:
        reply_to = ReplyTo(person=person, channel=kept["channel"], url=kept["url"])
        return Typed(key=delivery.key, text=kept["text"], reply_to=reply_to, trigger=kept.get("trigger", ""))
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
        form=FormKind(kept["form"]) if kept.get("form") in set(FormKind) else None,
        view=kept.get("view", ""),
        carried=kept.get("carried", ""),
        left_out=frozenset(kept.get("left_out", ())),
    )


def page_of(text: str) -> HomePage:
    """Return the page that a button of the Home tab carries; the first of all where it is none of ours."""
    part, _, number = text.partition(" ")
    if part in set(Which) and number.isascii() and number.isdecimal():
        return HomePage(part=Which(part), number=min(int(number), 1000))
    return HomePage()


def _submitted(key: str, kept: Mapping[str, Any], person: Person) -> Submitted | None:
    if kept["form"] not in set(FormKind) - {FormKind.DETAILS}:  # which has nothing to send in
        return None
    return Submitted(
        key=key,
        form=FormKind(kept["form"]),
        value=kept["value"],
        text=kept["text"],
        chosen=tuple(kept["chosen"]),
        left_out=frozenset(kept["left_out"]) if "left_out" in kept else None,
        reply_to=ReplyTo(person=person, channel=kept["channel"], url=kept.get("url", "")),
    )


def _text(table: Payload, key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""


def _table(table: Payload, key: str) -> Payload:
    value = table.get(key)
    return value if isinstance(value, Mapping) else {}
