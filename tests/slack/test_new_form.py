"""The form to ask for a removal in: what Slack takes, what can be chosen, and the command that comes of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.command.grammar import ImageWord, Remove, Selection, parse
from bot.command.offers import MOST, Offer, offered
from bot.db.store import Delivery
from bot.flows.answers import FormKind, NewForm
from bot.flows.ports import Button, Click, ReplyTo, Submitted
from bot.images.inventory import Inventory
from bot.images.reference import Reference
from bot.images.reference import parse as parse_reference
from bot.playground.blocks import Object, suggestion_faults, view_faults
from bot.playground.inputs import Values, state_values, with_suggestions
from bot.playground.limits import Surface
from bot.playground.seed import seeded
from bot.slack import forms, new_form
from bot.slack.manifest import SHORTCUT
from bot.slack.payloads import Received, click, read, shortcut, submission
from tests.approval.examples import DANA, NOW

HERE = ReplyTo(person=DANA, channel="C0DEV", url="https://hooks.slack.com/commands/1")
ONE = NewForm(hosts=("web-3",), host="web-3")
TWO = NewForm(hosts=("web-3", "web-4"), host="web-4")
INVENTORY = seeded(0).inventory


def _view(form: NewForm) -> Object:
    made = forms.view(form, HERE)
    assert made is not None
    return made


def _filled(form: NewForm, values: Values, offers: tuple[Offer, ...] = ()) -> Object:
    view = _view(form)
    blocks = with_suggestions(view["blocks"], {new_form.IMAGES: new_form.options(offers)})
    state = {"values": state_values(blocks, values)}
    return {"user": {"id": "U0DEV", "team_id": "T0"}, "view": view | {"id": "V1", "state": state}}


def _read(kept: Received) -> Any:  # noqa: ANN401 -- whichever it is
    return read(Delivery(key=kept.key, kind=kept.kind, body=kept.body, received_at=NOW, attempts=1))


def _sent(form: NewForm, values: Values, offers: tuple[Offer, ...] = ()) -> Submitted:
    payload = _filled(form, values, offers)
    assert forms.faults(payload) == {}
    found = _read(submission(payload))
    assert isinstance(found, Submitted)
    return found


@pytest.mark.parametrize(
    "form",
    [
        ONE,
        TWO,
        NewForm(hosts=tuple(f"host-{n}" for n in range(250)), host="host-249"),
        replace(TWO, groups=tuple(f"@group-{n}" for n in range(150)), also=("@group-140", "web-3")),
        replace(ONE, force=True, reason="x" * 1500, images=offered(INVENTORY, "")),
    ],
    ids=["one host", "two hosts", "more hosts than a select has", "more groups than a select has", "begun"],
)
def test_slack_takes_the_form(form: NewForm) -> None:
    """By the same table of limits as the playground's own refusals."""
    assert list(view_faults(_view(form), Surface.MODAL)) == []


def test_what_is_filled_in_is_a_command() -> None:
    """The same value as if it was typed, printed and read again; the answer goes where the form was opened."""
    chosen = ("redis:alpine", "$(ls -q 'redis*')")
    values: Values = {
        "images-1": {"images": list(chosen)},
        "options": {"force": ["force"]},
        "text": {"text": " OPS-123:\n disk 'full' "},
    }
    sent = _sent(TWO, values, tuple(Offer(typed=each, label=each) for each in chosen))
    assert (sent.form, sent.reply_to.channel, sent.reply_to.url) == (FormKind.NEW, "C0DEV", HERE.url)
    assert parse(sent.value) == Remove(
        images=(ImageWord("redis:alpine"), Selection(pattern="redis*")),
        force=True,
        host="web-4",
        reason="OPS-123: disk 'full'",
    )


@pytest.mark.parametrize(
    ("also", "word"),
    [
        (["@prod"], "web-4,@prod"),
        (["web-3", "web-4"], "web-4,web-3"),
        (["@prod", "all"], "all"),
        ([], "web-4"),
    ],
)
def test_several_hosts_and_groups_are_one_command(also: list[str], word: str) -> None:
    """As it would be typed; each is named once."""
    values: Values = {"images-1": {"images": ["redis:alpine"]}, "also": {"also": also}}
    offers = (Offer(typed="redis:alpine", label="redis:alpine"),)
    sent = _sent(replace(TWO, groups=("@prod", "all")), values, offers)
    assert parse(sent.value) == Remove(images=(ImageWord("redis:alpine"),), host=word)


def test_too_much_is_said_beside_the_images() -> None:
    """More than a command holds; what is chosen stays chosen."""
    offers = tuple(Offer(typed=f"registry.example.com/team/service-{n}:2026-03-01", label=f"{n}") for n in range(100))
    values: Values = {"images-0": {"images": [each.typed for each in offers]}}
    assert forms.faults(_filled(ONE, values, offers)) == {
        "images-0": "That is too much for one request. Choose fewer, or a list of them."
    }


def test_nothing_chosen_is_said_beside_the_images() -> None:
    """Slack says so itself; where it does not, the form stays open all the same."""
    assert list(forms.faults(_filled(TWO, {}))) == ["images-1"]


def test_another_host_is_a_click() -> None:
    """It carries the host, and the form that is to be shown anew."""
    payload = _filled(TWO, {})
    option = {"text": {"type": "plain_text", "text": "web-3"}, "value": "web-3"}
    chosen = {"type": "static_select", "action_id": Button.HOST.value, "selected_option": option}
    pressed = _read(click(payload | {"trigger_id": "1.2", "actions": [chosen]}))
    assert isinstance(pressed, Click)
    assert (pressed.button, pressed.value, pressed.form, pressed.view) == (Button.HOST, "web-3", FormKind.NEW, "V1")
    assert pressed.reply_to == HERE


def test_a_shortcut_is_a_click() -> None:
    """It has a trigger, and neither a channel nor a response URL."""
    payload = {
        "callback_id": "img_new",
        "trigger_id": "1.2",
        "action_ts": "1",
        "user": {"id": "U0DEV", "team_id": "T0"},
    }
    pressed = _read(shortcut(payload))
    assert isinstance(pressed, Click)
    assert (pressed.button, pressed.trigger, pressed.reply_to) == (
        *(Button.NEW, "1.2"),
        ReplyTo(person=DANA, channel="", url=""),
    )
    assert _read(shortcut(payload | {"callback_id": "other"})) is None


def test_the_manifest_has_the_shortcut() -> None:
    """By the callback ID that opens the form."""
    assert SHORTCUT == Button.NEW


def _labels(letters: str, inventory: Inventory = INVENTORY) -> list[str]:
    return [offer.label for offer in offered(inventory, letters)]


@pytest.mark.parametrize(
    ("letters", "labels"),
    [
        ("REDIS", ["every tag of redis", "redis:7", "redis:7.2", "redis:alpine", "redis:latest"]),
        ("redis:7", ["redis:7", "redis:7.2"]),
        ("redis*", ["all that match redis*"]),
        ("alpine", ["redis:alpine"]),
        ("501ad", ["501ad78535f0"]),
        ("<none>", ["d2607f93ab15"]),
        ("nothing like that", []),
    ],
)
def test_what_letters_find(letters: str, labels: list[str]) -> None:
    """Lists first, then names, those that begin so before the others; capitals do not count."""
    assert _labels(letters) == labels


def test_without_letters_everything_is_offered() -> None:
    """Names first, by the alphabet, and then what has none; with their sizes."""
    found = offered(INVENTORY, "")
    tags = sorted(r.familiar for image in INVENTORY.images.values() for r in image.references if r.tag)
    assert [offer.label for offer in found] == [*tags, "d2607f93ab15"]
    options = new_form.options(found)
    assert options[0]["description"] == {"type": "plain_text", "text": "450.1 MB · 9a4be8c15d20", "emoji": True}


NAMES = st.lists(
    st.from_regex(r"[a-z0-9]{1,20}(/[a-z0-9._-]{0,60}[a-z0-9]){0,2}:[A-Za-z0-9_][A-Za-z0-9._-]{0,120}", fullmatch=True),
    min_size=1,
    max_size=150,
)


def _holding(names: list[str]) -> Inventory:
    images = list(INVENTORY.images.values())
    parsed = [reference for name in names if isinstance(reference := parse_reference(name), Reference)]
    renamed: Mapping[Any, Any] = {
        image.id: replace(image, references=tuple(parsed[at :: len(images)])) for at, image in enumerate(images)
    }
    return replace(INVENTORY, images=renamed)


@settings(max_examples=60, deadline=None)
@given(
    names=NAMES, letters=st.one_of(st.text(max_size=12), st.sampled_from(["", "a", "*", "[", "a/*", "'", "$(", "`"]))
)
def test_whatever_is_offered_can_be_asked_for(names: list[str], letters: str) -> None:
    """Slack takes every list of options, and each option is a command that the grammar reads."""
    found = offered(_holding(names), letters)
    assert len(found) <= MOST
    options = new_form.options(found)
    assert list(suggestion_faults({"options": options})) == []
    for option in options:
        assert isinstance(parse(f"rm {option['value']}"), Remove), option
