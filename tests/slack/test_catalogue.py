"""Every message in every state: as it was read and found good, safe for any text, and within Slack's limits."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.approval.events import Event
from bot.approval.notes import Note
from bot.approval.notice import Notice
from bot.approval.request import Call, Request, State, Window
from bot.flows.answers import Answer, Detailed, DetailsForm, Form, FormKind, NewForm
from bot.flows.overviews import Home, Which
from bot.flows.uploads import About
from bot.images.restoral import AnyPlan
from bot.slack.blocks import Said
from tests.slack.catalogue import CATALOGUE
from tests.slack.catalogue.golden import drawn, files
from tests.slack.catalogue.outside import filled
from tests.slack.holding import faults

EXAMPLES = [entry.example for entry in CATALOGUE.values()]
BOT = Path(__file__).parents[2] / "bot"


# Nothing is left out


def test_every_state_of_every_kind_of_request_is_there() -> None:
    """Removals and restorals in each state, and all that can become of what a request keeps."""
    requests = [example for example in EXAMPLES if isinstance(example, Request)]
    kinds = get_args(AnyPlan)
    assert {(type(request.plan), request.state) for request in requests} == {(k, s) for k in kinds for s in State}
    assert {request.undo.window for request in requests if request.undo} == set(Window)


@pytest.mark.parametrize("union", [Answer, About], ids=["answers", "files"])
def test_every_value_of_a_union_is_there(union: Any) -> None:  # noqa: ANN401 -- a union has no type of its own
    """Each answer, and each kind of file."""
    assert {type(example) for example in EXAMPLES} >= set(get_args(union))


def test_every_form_and_every_call_is_there() -> None:
    """By their kinds."""
    kinds = {example.kind for example in EXAMPLES if isinstance(example, Form)}
    kinds |= {FormKind.NEW for example in EXAMPLES if isinstance(example, NewForm)}
    kinds |= {FormKind.DETAILS for example in EXAMPLES if isinstance(example, DetailsForm)}
    assert kinds == set(FormKind)
    assert {part.which for example in EXAMPLES if isinstance(example, Home) for part in example.parts} | {
        Which.HOSTS
    } == set(Which)
    assert {example[1].call for example in EXAMPLES if isinstance(example, tuple)} == set(Call)


def test_every_event_is_in_a_timeline() -> None:
    """What happens to requests, and what happens beside them."""
    told = {type(each.event) for example in EXAMPLES if isinstance(example, Detailed) for each in example.timeline}
    assert told == _members(Event) | _members(Note)


def _members(union: Any) -> set[type]:  # noqa: ANN401 -- as above
    return {member for part in get_args(union) for member in (_members(part) or {part})}


def test_every_notice_is_there() -> None:
    """By the word that it has for logs, wherever in the bot one is made."""
    made = {
        str(keyword.value.value)
        for _, tree in _code(BOT)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Notice"
        for keyword in call.keywords
        if keyword.arg == "kind" and isinstance(keyword.value, ast.Constant)
    }
    assert {example.kind for example in EXAMPLES if isinstance(example, Notice)} == made


def test_everything_that_draws_is_used() -> None:
    """No function returns a message, or a view, that the catalogue does not have."""
    called = set[tuple[str, str]]()

    def see(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            called.add((frame.f_code.co_filename, frame.f_code.co_name))

    sys.setprofile(see)
    try:
        for entry in CATALOGUE.values():
            entry.draw(entry.example)
    finally:
        sys.setprofile(None)
    drawing = {(path, function.name) for path, tree in _code(BOT / "slack") for function in _drawing(tree)}
    assert drawing - called == _OF_ANOTHER


_OF_ANOTHER = {
    (str(BOT / "slack" / module), name)
    for module, name in (
        ("answering.py", "_with"),
        ("answering.py", "_beside"),
        ("answering.py", "_read_back"),
        ("naming.py", "said"),
        ("tried.py", "fit"),
        ("tried.py", "_plainer"),
    )
}
"""These make one message of another: with a picture or a line about it, read back where it was kept
(``test_answering.py``), with the command's name (``test_naming.py``), without a table (``test_tried.py``)."""


def _drawing(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            returned = function.returns
            if (isinstance(returned, ast.Name) and returned.id == "Said") or any(
                isinstance(node, ast.Constant) and node.value in {"modal", "home"} for node in ast.walk(function)
            ):
                yield function


def _code(folder: Path) -> Iterator[tuple[str, ast.AST]]:
    for path in folder.rglob("*.py"):
        yield str(path), ast.parse(path.read_text(encoding="utf-8"))


# As it was read


def test_the_goldens_are_those_of_the_catalogue() -> None:
    """No file is missing, and none is of a message that is no more: ``make golden``."""
    assert files() == drawn().keys()


@pytest.mark.parametrize("path", sorted(drawn()), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_message_is_as_it_was_read(path: Path) -> None:
    """Whoever changes one writes it anew with ``make golden``, and reads what changed."""
    assert drawn()[path] == path.read_text(encoding="utf-8")


# Whatever comes from outside

HOSTILE = (
    "<!channel>",
    "<!here|here> <!everyone>",
    "<@U0EVIL> <!subteam^S0EVIL>",
    "<http://evil.example|docker.io/redis>",
    "https://evil.example/x www.evil.example",
    "`",
    "``` ``",
    "a`b`c",
    "*b* _i_ ~s~ > q",
    "\n>x\n\n# y\n",
    ":fire: :+1: :a:b:c:",
    "\u202eredis\u200b\u2066\ufeff\u00ad",
    "\x00\x1b[31m\x07\x85",
    "&lt;!channel&gt; &amp;",
    "&" * 400,
    "<" * 3100,
    "`" * 3101,
    ":x" * 1500,
    "\n" * 500,
    "x" * 3200,
    "\U0001f600" * 2100,
    "",
    " ",
)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_example_is_sound(name: str) -> None:
    """Within the limits, with nothing in it that was not meant; plain text has no markup of ours."""
    made = CATALOGUE[name].made
    assert faults(made) == []
    assert [text for text in _plain_texts(made.blocks if isinstance(made, Said) else made) if _looks_marked(text)] == []


def _plain_texts(value: object) -> Iterator[str]:
    match value:
        case {"type": "plain_text", "text": str(text)}:
            yield text
        case dict():
            for part in value.values():
                yield from _plain_texts(part)
        case list() | tuple():
            for part in value:
                yield from _plain_texts(part)


def _looks_marked(text: str) -> bool:
    return any(mark in text for mark in ("<@", "<!", "&amp;", "&lt;", "`", "*"))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_from_outside_does_harm_anywhere(text: str) -> None:
    """In no message, form or notice, wherever in it such text may stand."""
    found = {name: _faults(name, text) for name in CATALOGUE}
    assert {name: wrong[:3] for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("text", ["<!channel>", "`&" * 100])
def test_no_message_is_too_long_however_much_there_is(text: str) -> None:
    """Hundreds of steps, each with as many names, holders and layers as no image has."""
    found = {name: _faults(name, text, 60) for name in CATALOGUE if "batch" not in name}
    assert {name: wrong[:3] for name, wrong in found.items() if wrong} == {}


def _faults(name: str, text: str, times: int = 1) -> list[str]:
    entry = CATALOGUE[name]
    made = entry.draw(filled(entry.example, text, times=times))
    if made is None:  # a view that would have to carry too much is none, and who opens it says so
        assert isinstance(entry.example, Form | NewForm | DetailsForm)
        return []
    return faults(made)


TEXTS = st.text(max_size=400) | st.text(alphabet="<>&`*_~:!@#| \n\u202e\u200babU0", max_size=60)


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(sorted(CATALOGUE)), text=TEXTS)
def test_no_text_at_all_does_harm(name: str, text: str) -> None:
    """Whatever characters it is of."""
    assert _faults(name, text) == []
