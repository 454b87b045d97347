"""The Home tab and its parts: what Slack takes, whatever is in it, and what can be done from it."""

from dataclasses import replace
from typing import Any

import pytest

from bot.approval.request import Request, RequestId, State
from bot.flows.answers import AskedFor, DetailsForm
from bot.flows.overviews import Home, HostsTold, HostTold, Part, RequestRow, RequestsTold, Which
from bot.flows.ports import ReplyTo
from bot.images.usage import Share, Usage
from bot.playground.blocks import block_faults, view_faults
from bot.playground.limits import Surface
from bot.slack import details, forms, home
from bot.slack.blocks import Said
from bot.slack.replies import reply
from bot.slack.request_message import request_message
from tests.approval.examples import DANA, IN_STATE, NOW, step
from tests.plans import removal_plan

PENDING = IN_STATE[State.PENDING]
LINK = "https://acme.slack.com/"
LONG = "<!channel> `x` \u202e\u200b & <https://x|y> " * 200
GIGA = 10**9
USAGE = Usage(
    whole=Share(images=14, bytes=10 * GIGA),
    idle=Share(images=8, bytes=4 * GIGA),
    nameless=Share(images=3, bytes=GIGA),
    containers=6,
)
WEB = HostTold(host="web-3", store="classic", version="28.5.2", usage=USAGE)


def _row(request: Request, number: int = 1) -> RequestRow:
    return RequestRow(request=replace(request, id=RequestId(number)), channel="C0", ts=f"17955366{number:02d}.000100")


def _full(request: Request, host: HostTold = WEB) -> Home:
    parts = tuple(
        Part(which=which, rows=tuple(_row(request, n) for n in range(5)), page=2, left=37)
        for which in Which
        if which is not Which.HOSTS
    )
    return Home(
        person=DANA,
        decides=True,
        parts=parts,
        hosts=(host,) * 5,
        hosts_page=1,
        hosts_left=190,
        record=("4 events; 4 verified ", NOW, ", and intact"),
        health=tuple(f"line {n}" for n in range(30)),
    )


def _blocks(shown: Home) -> list[dict[str, Any]]:
    view = home.view(shown, LINK)
    assert list(view_faults(view, Surface.HOME)) == []
    return list(view["blocks"])  # type: ignore[call-overload, no-any-return]  # a list in every view


@pytest.mark.parametrize("state", State, ids=str)
def test_slack_takes_a_full_tab(state: State) -> None:
    """With every part full, requests in any state, pages before and after, and a bot that has much to say of itself."""
    blocks = _blocks(_full(IN_STATE[state]))
    assert len(blocks) <= 100
    assert "line 9" in str(blocks)


def test_a_full_tab_pings_nobody() -> None:
    """Whatever stands in names, hosts and errors."""
    odd = replace(PENDING, plan=replace(removal_plan(PENDING), host=LONG, steps=(step(LONG, "1"),)), reason=LONG)
    for told in (replace(WEB, host=LONG, version=LONG), HostTold(host=LONG, why=LONG)):
        shown = str(_blocks(_full(odd, told)))
        assert "<!channel>" not in shown
        assert "<https://x" not in shown


def test_a_new_tab_says_what_to_do() -> None:
    """Nothing was asked for and nothing removed: a button begins, and each part says what it would have."""
    empty = tuple(Part(which=which, rows=()) for which in (Which.MINE, Which.REMOVED))
    blocks = _blocks(Home(person=DANA, parts=empty, record=("Not verified yet.",)))
    assert blocks[0]["elements"][0]["action_id"] == "img_new"
    said = str(blocks)
    assert "You have not asked for anything yet" in said
    assert "Nothing was removed in the last 30 days" in said
    assert "No host is configured" in said


def test_who_may_not_sees_why() -> None:
    """One sentence, and nothing of anybody's requests."""
    (block,) = _blocks(Home(person=DANA, why_not="Guests cannot use me."))
    assert block["text"]["text"] == "Guests cannot use me."


def test_deciding_is_done_at_the_message() -> None:
    """The plan that is approved is the one that is shown there: the tab has a link to it, and no button to approve."""
    part = Part(which=Which.WAITING, rows=(_row(PENDING),))
    blocks = _blocks(Home(person=DANA, decides=True, parts=(part,), record=("x",)))
    details, opens = blocks[4]["elements"]
    assert (opens["text"]["text"], opens["url"]) == (
        "Open to decide",
        "https://acme.slack.com/archives/C0/p1795536601000100",
    )
    assert details["action_id"] == "img_details"
    assert "img_approve" not in str(blocks)


def test_pages_of_a_part() -> None:
    """A button to the page before and one to the next, which says how much there is."""
    pager = home.pages(Which.REMOVED, 2, 7)
    assert pager is not None
    assert [(e["action_id"], e["value"], e["text"]["text"]) for e in pager["elements"]] == [  # type: ignore[attr-defined]
        ("img_home_back", "removed 1", "◀ Back"),
        ("img_home", "removed 3", "7 more ▶"),
    ]
    assert home.pages(Which.REMOVED, 0, 0) is None


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (WEB, "*web-3* `██████░░░░` 10 GB in 14 images\nno container uses 8 images (4 GB) · 6 containers"),
        (replace(WEB, usage=replace(USAGE, whole=Share(images=14, bytes=None))), "*web-3* `████░░░░░░` 14 images\n"),
        (replace(WEB, usage=Usage(whole=Share(), idle=Share(), nameless=Share(), containers=0)), "all in use"),
        (HostTold(host="web-4", why="web-4 did not answer."), "🔌 *web-4* does not answer\nweb-4 did not answer."),
        (HostTold(host="web-5"), "⏳ *web-5*\nis being looked at"),
    ],
)
def test_how_a_host_is(told: HostTold, line: str) -> None:
    """By bytes where layers were measured, by images where not; and why where it is not known."""
    shown = reply(HostsTold(hosts=(told,)))
    assert line in str(shown.blocks[1]["text"]["text"])  # type: ignore[index]


def test_what_has_no_name_is_a_suggestion() -> None:
    """A button begins a request for it, which is planned and approved like any other."""
    shown = reply(HostsTold(hosts=(WEB,))).blocks[1]
    assert "🧹 3 images without a name (1 GB)" in str(shown)
    assert shown["accessory"]["value"] == "rm -H web-3 $(ls -q -f dangling=true)"  # type: ignore[index]


@pytest.mark.parametrize(
    "answer",
    [
        HostsTold(hosts=tuple(replace(WEB, host=f"{LONG}{n}") for n in range(300))),
        HostsTold(hosts=()),
        RequestsTold(
            title="Your requests", rows=tuple(_row(IN_STATE[state], n) for n, state in enumerate(State)), more=True
        ),
        RequestsTold(title="Your requests", rows=(), more=False),
    ],
    ids=["hosts", "no host", "requests", "no request"],
)
def test_slack_takes_the_answers(answer: HostsTold | RequestsTold) -> None:
    """Three hundred hosts with bad names, requests in every state, and none."""
    shown: Said = reply(answer)
    assert list(block_faults(list(shown.blocks), Surface.MESSAGE)) == []
    assert shown.text


@pytest.mark.parametrize("state", State, ids=str)
def test_a_plan_that_is_not_shown_whole_has_a_button(state: State) -> None:
    """On the message and on the private answer, in every state; a short one is there as it is."""
    request = IN_STATE[state]
    steps = tuple(step(f"app:{n}", "1") for n in range(9))
    states = tuple(request.steps[n % len(request.steps)] for n in range(9)) if request.steps else ()
    many = replace(request, plan=replace(removal_plan(request), steps=steps), steps=states)
    for shown, there in ((many, True), (request, False)):
        assert ("img_details" in str(request_message(shown).blocks)) == there
        assert ("img_details" in str(reply(AskedFor(request=shown)).blocks)) == there


@pytest.mark.parametrize("state", State, ids=str)
@pytest.mark.parametrize("page", [0, 1, 66, 999])
def test_slack_takes_every_page_of_a_plan(state: State, page: int) -> None:
    """A thousand steps, in every state: fifteen on a page; a page that is not there is the last one."""
    steps = tuple(step(f"ghcr.io/company/a-service-with-a-long-name-{n}:2026-03-01", "1") for n in range(1000))
    request = IN_STATE[state]
    states = tuple(request.steps[n % len(request.steps)] for n in range(1000)) if request.steps else ()
    many = replace(request, plan=replace(removal_plan(request), steps=steps), steps=states)
    view = forms.view(DetailsForm(request=many, page=page), ReplyTo(person=DANA, channel="C0", url=""))
    assert view is not None
    assert list(view_faults(view, Surface.MODAL)) == []
    assert "submit" not in view
    said = str(view["blocks"])
    assert f"Page {min(page, 66) + 1} of 67" in said
    assert details.pages(many) == 67
    if state is not State.DRIFTED:
        assert f"name-{min(page, 66) * 15}:" in said
