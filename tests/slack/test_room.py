"""Room in a message: what decides is always there, however much there is to say."""

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.approval.request import Approval, LeftOut, Person, Request, State, StepState
from bot.images.removal import Plan
from bot.playground.blocks import block_faults
from bot.playground.limits import Surface
from bot.playground.tables import characters
from bot.slack.blocks import Said, actions, button, context, header, said, section
from bot.slack.request_message import request_message, told
from tests.approval.examples import IN_STATE, NOW, OLGA, step
from tests.plans import removal_plan

MOST = 13_000
"""Characters of a message; Slack's own limit lies a little above."""

names = st.builds(
    lambda word, path, tag: f"registry.example.com/{word * path}:{'1' * tag}",
    st.sampled_from(["a", "ab/", "team-1/", "x__y/"]),
    st.integers(1, 40),
    st.integers(1, 120),
)
reasons = st.integers(0, 3000).map(lambda length: ("because & <so> " * 200)[:length])
people = st.lists(
    st.integers(1, 999).map(lambda n: Person(team_id="T0", user_id=f"U0{n:09}")), max_size=40, unique=True
)
in_any_state = st.sampled_from(list(IN_STATE.values()))


@st.composite
def full(draw: st.DrawFn) -> Request:
    """Draw a request of long names with many steps, narrowings, deciders, approvals and followers."""
    request = draw(in_any_state)
    steps = tuple(step(name, "1") for name in draw(st.lists(names, min_size=1, max_size=60)))
    plan: Plan = replace(
        removal_plan(request),
        steps=steps,
        command=f"rm {' '.join(each.removal.word for each in steps)}"[: draw(st.integers(3, 3000))],
        notes=tuple(draw(st.lists(reasons, max_size=3))),
    )
    words = tuple(draw(st.lists(names, min_size=1, max_size=30)))
    some = draw(people)
    return replace(
        request,
        plan=plan,
        steps=tuple(StepState() for _ in steps),
        reason=draw(reasons),
        left_out=(LeftOut(by=OLGA, at=NOW, words=words, version=2),) * draw(st.integers(0, 4)),
        approvals=tuple(Approval(by=each, at=NOW, basis="user") for each in some[:9]),
        followers=tuple(some),
        needs=replace(request.needs, count=10, approvers=tuple(each.user_id for each in some) or ("S0OPSLEADS",)),
        break_glass=draw(st.booleans()),
    )


def _texts(message: Said) -> list[str]:
    """Return what Slack reads markup in."""
    texts = [str(block["text"]) for block in message.blocks if block["type"] == "section"]
    return [*texts, *(str(block["elements"]) for block in message.blocks if block["type"] == "context")]


@given(request_=full())
def test_a_message_keeps_its_room_and_what_decides(request_: Request) -> None:
    """Host, reason, standing and buttons are there, no code is left open, and Slack takes it."""
    for message in (request_message(request_), told(request_)):
        blocks = list(message.blocks)
        assert block_faults(blocks, Surface.MESSAGE) == []
        assert characters(blocks) < MOST
        assert [text.count("`") % 2 for text in _texts(message)] == [0] * len(_texts(message))
        assert "request 1" in str(blocks)
    shown = str(request_message(request_).blocks)
    assert "*web-3*" in shown
    assert not request_.reason or f">{request_.reason[:7]}" in shown
    assert ("img_approve" in shown) == (request_.state is State.PENDING)


@given(
    lengths=st.lists(st.tuples(st.sampled_from([section, context]), st.integers(0, 4000)), max_size=80),
    text=st.integers(0, 20_000),
)
def test_whatever_is_said_fits(lengths: list[tuple[object, int]], text: int) -> None:
    """Paragraphs give way before small print, and that before headline and buttons; the rest is counted."""
    between = [make("x" * length) for make, length in lengths if callable(make)]
    message = said("x" * text, (header("h"), *between, actions([button("img_look", "Look", "v")])))
    assert block_faults(list(message.blocks), Surface.MESSAGE) == []
    assert characters(list(message.blocks)) < MOST
    assert [message.blocks[at]["type"] for at in (0, -1)] == ["header", "actions"]
    counted = re.findall(r"(\d+) more parts do not fit", str(message.blocks))
    shown = len(message.blocks) - 2 - len(counted)
    assert [int(number) for number in counted] == ([len(between) - shown] if shown < len(between) else [])
