"""Forms: within Slack's limits, and read back as they were filled in."""

import json
from dataclasses import replace

import pytest

from bot.approval.request import State
from bot.db.store import Delivery
from bot.flows.answers import Form, FormKind
from bot.flows.ports import Button, Click, ReplyTo, Submitted
from bot.images.grades import Grade, Graded
from bot.playground.blocks import Object, view_faults
from bot.playground.inputs import Values, state_values
from bot.playground.limits import Surface
from bot.slack import forms
from bot.slack.payloads import Received, read, submission
from bot.slack.payloads import click as clicked
from tests.approval.examples import IN_STATE, NOW, OLGA, image_id, step
from tests.plans import removal_plan

PENDING = IN_STATE[State.PENDING]
FORMS = (
    Form(kind=FormKind.REJECT, value="token", request=PENDING),
    Form(kind=FormKind.SOME, value="token", request=PENDING),
    Form(kind=FormKind.REASON, value="rm redis:7", least=1, hint="a ticket: OPS-123"),
    Form(kind=FormKind.BREAK_GLASS, value="rm redis:7", code="K7QF-2M9D", least=20),
    Form(kind=FormKind.REVIEW, value="token", request=PENDING),
)


URL = "https://hooks.slack.com/actions/T0/1/abc"
PRESSED = ReplyTo(person=OLGA, channel="C0APPROVALS", url=URL, replaces=True)


def _view(form: Form) -> Object:
    made = forms.view(form, PRESSED)
    assert made is not None
    return made


def _submitted(form: Form, given: Values) -> Object:
    view = _view(form)
    values = state_values(view["blocks"], given)
    return {
        "type": "view_submission",
        "user": {"id": "U0LEAD", "team_id": "T0"},
        "view": view | {"id": "V1", "state": {"values": values}},
    }


def _read(received: Received) -> Submitted:
    found = read(Delivery(key=received.key, kind=received.kind, body=received.body, received_at=NOW, attempts=1))
    assert isinstance(found, Submitted)
    return found


def test_there_is_an_example_of_every_form() -> None:
    """No form is left out of the tests below."""
    with_tests_of_their_own = {FormKind.NEW, FormKind.DETAILS, FormKind.HOSTS}
    assert {form.kind for form in FORMS} | with_tests_of_their_own == set(FormKind)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.kind.value)
def test_slack_takes_every_form(form: Form) -> None:
    """By the same table of limits as the playground's own refusals."""
    assert list(view_faults(_view(form), Surface.MODAL)) == []


STEPS = tuple(step(f"ghcr.io/company/a-service-with-a-long-name-{n}:2026-03-01-abcdef", "1") for n in range(1000))
MANY = replace(PENDING, plan=replace(removal_plan(PENDING), steps=STEPS, command="rm " + "x" * 3000))


@pytest.mark.parametrize("page", [0, 4, 9])
def test_slack_takes_a_form_of_a_thousand_steps(page: int) -> None:
    """A hundred boxes on a page, ten in a group, and buttons to the pages beside it."""
    view = _view(Form(kind=FormKind.SOME, value="token", request=MANY, page=page))
    assert list(view_faults(view, Surface.MODAL)) == []
    boxes = [option["value"] for block in view["blocks"][1:11] for option in block["element"]["options"]]
    assert boxes == [str(number) for number in range(page * 100, page * 100 + 100)]
    leads_to = [(each["action_id"], each["value"]) for each in view["blocks"][-1]["elements"]]
    expected = [("img_page_back", str(page - 1)), ("img_page", str(page + 1))]
    assert leads_to == [each for each in expected if each[1] not in {"-1", "10"}]
    assert f"Page {page + 1} of 10" in str(view["blocks"][-2])


def test_a_page_that_is_not_there_is_the_last_one() -> None:
    """The plan may have become shorter since the button was drawn."""
    view = _view(Form(kind=FormKind.SOME, value="token", request=MANY, page=99))
    assert view["blocks"][1]["element"]["options"][0]["value"] == "900"


def test_what_was_left_out_is_kept_from_page_to_page() -> None:
    """A box that is unticked stays so when its page is left, come back to, and when the form is sent in."""
    first = Form(kind=FormKind.SOME, value="token", request=MANY)
    ticked = [str(number) for number in range(10) if number != 3]
    click = _clicked(first, "img_page", {"steps-0": {"steps": ticked}})
    assert (click.button, click.value, click.form, click.view) == (Button.PAGE, "1", FormKind.SOME, "V1")
    assert (click.carried, set(click.left_out)) == ("token", {3})
    second = replace(first, page=1, left_out=click.left_out)
    back = _clicked(second, "img_page_back", {"steps-19": {"steps": [str(number) for number in range(190, 195)]}})
    assert (back.value, set(back.left_out)) == ("0", {3, *range(195, 200)})
    again = replace(first, left_out=back.left_out)
    group = _view(again)["blocks"][1]["element"]
    assert [option["value"] for option in group["initial_options"]] == ticked
    sent = _read(submission(_submitted(again, {"steps-0": {"steps": [*ticked, "3"]}})))
    assert sent.left_out == frozenset(range(195, 200))


def test_a_group_of_which_nothing_is_ticked() -> None:
    """Slack refuses an empty list of boxes that are ticked to begin with."""
    view = _view(Form(kind=FormKind.SOME, value="token", request=MANY, left_out=frozenset(range(10))))
    assert list(view_faults(view, Surface.MODAL)) == []
    assert "initial_options" not in view["blocks"][1]["element"]


def _clicked(form: Form, action_id: str, given: Values) -> Click:
    payload = _submitted(form, given)
    (pressed,) = (
        element
        for block in payload["view"]["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
        if element["action_id"] == action_id
    )
    kept = clicked(payload | {"type": "block_actions", "trigger_id": "1.2", "actions": [pressed]})
    found = read(Delivery(key=kept.key, kind=kept.kind, body=kept.body, received_at=NOW, attempts=1))
    assert isinstance(found, Click)
    return found


def test_each_box_says_how_its_image_can_be_had_back() -> None:
    """So that the only copies can be left out; where nobody looked, nothing is said."""
    graded = (
        Graded(image_id=image_id("1"), grade=Grade.REPULLABLE),
        Graded(image_id=image_id("2"), grade=Grade.ONLY_COPY),
    )
    told = replace(PENDING, plan=replace(removal_plan(PENDING), graded=graded))
    view = _view(Form(kind=FormKind.SOME, value="token", request=told))
    assert list(view_faults(view, Surface.MODAL)) == []
    options = view["blocks"][1]["element"]["options"]
    assert [option["description"]["text"] for option in options] == ["🟢 re-pullable", "🔴 only copy"]
    assert "description" not in str(_view(Form(kind=FormKind.SOME, value="token", request=PENDING)))


@pytest.mark.parametrize("hostile", ["<!channel> <@U0DEV>", "`*_~", "\u202e\u200b", "x" * 5000])
def test_slack_takes_hostile_words(hostile: str) -> None:
    """What a person typed pings nobody, and is cut where it is too long."""
    steps = (step("redis:7", "1"), step("nginx:1", "2"))
    odd = replace(PENDING, plan=replace(removal_plan(PENDING), steps=steps, command=hostile, host=hostile[:60]))
    for kind in (FormKind.REJECT, FormKind.SOME, FormKind.REVIEW):
        view = _view(Form(kind=kind, value="token", request=odd))
        assert list(view_faults(view, Surface.MODAL)) == []
        assert "<!channel>" not in str(view)


def test_a_command_that_is_too_long_for_a_form_has_none() -> None:
    """It would come back as another one, so it is not cut."""
    assert forms.view(Form(kind=FormKind.REASON, value="rm " + "x" * 3000), PRESSED) is None


def test_a_form_is_answered_where_its_button_was_pressed() -> None:
    """By the button's response URL, which works where the bot is not in the channel; the button's message stays."""
    found = _read(submission(_submitted(FORMS[0], {})))
    assert found.reply_to == replace(PRESSED, replaces=False)


def test_a_long_command_leaves_the_response_url_out() -> None:
    """The command has to come back whole; the answer then goes the longer way."""
    found = _read(submission(_submitted(replace(FORMS[2], value="rm " + "x" * 2900), {})))
    assert (len(found.value), found.reply_to.url) == (2903, "")


def test_a_form_of_an_earlier_version_is_read() -> None:
    """One that was committed without a response URL."""
    kept = submission(_submitted(FORMS[0], {}))
    body = {name: value for name, value in json.loads(kept.body).items() if name != "url"}
    assert _read(replace(kept, body=json.dumps(body))).reply_to.url == ""


def test_what_was_filled_in_comes_back() -> None:
    """Text, boxes and all that the form carried; names are left out."""
    kept = submission(_submitted(FORMS[1], {"steps-0": {"steps": ["1"]}}))
    found = _read(kept)
    assert (kept.key, found) == ("form:V1", replace(found, value="token", chosen=("1",), text=""))
    assert found.reply_to.channel == "C0APPROVALS"
    assert found.left_out == frozenset({0})
    known = {"team", "user", "channel", "url", "form", "value", "text", "chosen", "left_out"}
    assert set(json.loads(kept.body)) == known


def test_a_form_of_another_app_is_none_of_ours() -> None:
    """An unknown callback ID is dropped, whatever it carries."""
    payload = _submitted(FORMS[0], {})
    payload["view"] |= {"callback_id": "other", "private_metadata": "[1]"}
    kept = submission(payload)
    delivery = Delivery(key=kept.key, kind=kept.kind, body=kept.body, received_at=NOW, attempts=1)
    assert read(delivery) is None


@pytest.mark.parametrize(
    ("typed", "wrong"), [("k7qf2m9d", False), ("K7QF-2M9D ", False), ("K7QF-2M9E", True), ("", True)]
)
def test_a_wrong_code_is_said_in_the_form(typed: str, wrong: bool) -> None:  # noqa: FBT001 -- a table of cases
    """Case and dash do not matter; everything else does."""
    payload = _submitted(FORMS[3], {"code": {"code": typed}, "text": {"text": "because"}})
    assert bool(forms.faults(payload)) == wrong


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.kind.value)
@pytest.mark.parametrize("blank", ["", "  ", "\n\t"])
def test_spaces_are_no_reason(form: Form, blank: str) -> None:
    """Slack takes them for one; only a review may be closed without a word, and the ticks of a plan have no text."""
    faults = forms.faults(_submitted(form, {"code": {"code": form.code}, "text": {"text": blank}}))
    assert ("text" in faults) == (form.kind not in {FormKind.REVIEW, FormKind.SOME})
    said = _submitted(form, {"code": {"code": form.code}, "text": {"text": " because "}})
    assert forms.faults(said) == {}


def test_a_form_that_cannot_be_kept_stays_open() -> None:
    """The reason stands at its first input."""
    payload = _submitted(FORMS[3], {})
    assert forms.all_faulty(payload, "I can't write the record.") == {"code": "I can't write the record."}
