"""What Slack delivers: what is kept of it, and how it is read back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approval.request import Person
from bot.db.store import Delivery
from bot.flows.ports import Button, Click, Delivered, GroupChanged, ReplyTo, Typed
from bot.slack import payloads
from tests.approval.examples import NOW

COMMAND = {
    "team_id": "T0",
    "user_id": "U0DEV",
    "user_name": "a-leads-name",
    "channel_id": "C0DEV",
    "text": "rm redis",
    "response_url": "https://slack.test/commands/1",
    "trigger_id": "1.2.3",
}
CLICK = {
    "user": {"id": "U0LEAD", "team_id": "T9", "username": "olga"},
    "team": {"id": "T0"},
    "container": {"type": "message", "message_ts": "1.5", "channel_id": "C0", "is_ephemeral": False},
    "trigger_id": "4.5.6",
    "response_url": "https://slack.test/actions/1",
    "actions": [{"action_id": "img_approve", "value": "token", "action_ts": "9.9"}],
}


def _read(received: payloads.Received) -> Delivered | None:
    return payloads.read(
        Delivery(key=received.key, kind=received.kind, body=received.body, received_at=NOW, attempts=1)
    )


def test_a_command_is_read_back() -> None:
    """Who, where, what, and how to answer; never a name."""
    kept = payloads.command(COMMAND)
    assert kept.key == "command:1.2.3"
    assert "a-leads-name" not in kept.body
    to = ReplyTo(person=Person(team_id="T0", user_id="U0DEV"), channel="C0DEV", url="https://slack.test/commands/1")
    assert _read(kept) == Typed(key="command:1.2.3", text="rm redis", reply_to=to, trigger="1.2.3")


def test_the_same_command_again_has_the_same_key() -> None:
    """A delivery that Slack repeats is recognised; the same words typed twice are two."""
    assert payloads.command(COMMAND).key == payloads.command(dict(COMMAND)).key
    assert payloads.command(COMMAND).key != payloads.command(COMMAND | {"trigger_id": "7"}).key


def test_a_click_is_by_the_team_of_the_person() -> None:
    """In a shared channel the payload's team is the bot's; the person's own counts."""
    clicked = _read(payloads.click(CLICK))
    assert isinstance(clicked, Click)
    assert clicked.reply_to.person == Person(team_id="T9", user_id="U0LEAD")
    assert (clicked.button, clicked.value, clicked.channel, clicked.ts) == (Button.APPROVE, "token", "C0", "1.5")
    assert not clicked.reply_to.replaces


def test_a_click_on_a_private_answer_replaces_it() -> None:
    """A used button does not stay; a page of the record does."""
    container = {"message_ts": "1.5", "channel_id": "C0", "is_ephemeral": True}
    ask = _read(
        payloads.click(CLICK | {"container": container, "actions": [{"action_id": "img_ask", "value": "rm x"}]})
    )
    older = _read(
        payloads.click(CLICK | {"container": container, "actions": [{"action_id": "img_older", "value": "x"}]})
    )
    assert isinstance(ask, Click)
    assert isinstance(older, Click)
    assert (ask.ts, ask.reply_to.replaces, older.reply_to.replaces) == ("", True, False)


def test_a_button_that_is_none_of_ours_is_nothing() -> None:
    """A link or a button of another version is acknowledged and forgotten."""
    assert _read(payloads.click(CLICK | {"actions": [{"action_id": "else", "value": "x"}]})) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
KEYS = st.sampled_from(["user", "team", "container", "actions", "trigger_id", "text", "team_id", "user_id"])


@given(st.dictionaries(KEYS, JSON))
def test_no_payload_crashes_the_listener(payload: dict[str, object]) -> None:
    """Whatever comes, something can be kept and read."""
    for received in (payloads.command(payload), payloads.click(payload)):
        assert json.loads(received.body)
        _read(received)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "subteam_members_changed", "subteam_id": "S1", "added_users": ["U1"], "added_users_count": "1"},
        {"type": "subteam_self_removed", "subteam_id": "S1"},
        {"type": "subteam_updated", "subteam": {"id": "S1", "name": "Ops", "users": ["U1"]}},
    ],
)
def test_an_event_about_a_group_says_which(event: dict[str, object]) -> None:
    """Only which group it is about is kept: who is in it is asked."""
    kept = payloads.group({"event_id": "Ev1", "team_id": "T0", "event": event})
    assert (kept.key, kept.body) == ("group:Ev1", '{"group": "S1"}')
    assert _read(kept) == GroupChanged(key="group:Ev1", group_id="S1")
