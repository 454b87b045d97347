"""Messages: what they say in each state, and that nothing from outside can do harm in them."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.approval.notes import Refusal as NotDone
from bot.approval.policy import Forbidden
from bot.approval.request import Progress, Request, RequestId, State, StepState
from bot.audit.course import DAY, course
from bot.audit.query import HistoryRecord
from bot.audit.stats import Accuracy, Stats, Went
from bot.command.help import help_text
from bot.db.store import RecordedEvent
from bot.flows.answers import (
    Answer,
    AskedFor,
    Counted,
    Detailed,
    Explained,
    Gone,
    Held,
    Planned,
    Sentence,
    Told,
    TooLate,
)
from bot.images.ids import ImageId
from bot.images.inventory import Image
from bot.images.removal import Certainty, Freed, Holder, Plan, Refusal, Refused, Removal, Stays, Step
from bot.images.restoral import NotPutBack, Obstacle, PutBack, Restoral, RestorePlan, RestoreStep, Tagged
from bot.images.why import Share, Why
from bot.playground.blocks import block_faults
from bot.playground.limits import Surface
from bot.playground.tables import characters
from bot.slack.blocks import Said
from bot.slack.holders import stays
from bot.slack.replies import reply
from bot.slack.request_message import request_message, told
from bot.slack.steps import bytes_of
from tests.approval.examples import (
    DANA,
    DIGEST,
    IN_STATE,
    INTERRUPTED_UNCLEAR,
    NOW,
    OLGA,
    PLAN,
    REMOVING_BEGUN,
    image_id,
    restoring,
    step,
)
from tests.images.making import reference
from tests.plans import removal_plan

STANDINGS = [*IN_STATE.values(), REMOVING_BEGUN, INTERRUPTED_UNCLEAR]
RESTORING = [restoring(request) for request in STANDINGS]
HOSTILE = "<!channel> <@U0EVIL> <http://evil|docker.io/redis> `*_~ & \u202eredis\u200b"
TOTAL = 13_200
"""Characters in all blocks of one message, beyond which Slack says msg_blocks_too_long (slackapi/bolt-js#2509)."""


def _check(message: Said) -> None:
    """Check that Slack takes a message, and that it pings nobody but the people whom we name ourselves."""
    for blocks in (list(message.blocks), list(message.plainer)):
        assert block_faults(blocks, Surface.MESSAGE) == []
        assert characters(blocks) < TOTAL
    assert message.text
    assert len(message.text) <= 4000
    everything = "\n".join([message.text, *_parsed(list(message.blocks)), *_parsed(list(message.plainer))])
    assert "<!channel>" not in everything
    assert "<!here>" not in everything
    assert "<http" not in everything
    assert "\u202e" not in everything
    mentions = set(re.findall(r"<@(\w+)>", everything)) - {DANA.user_id, OLGA.user_id, "U0LEAD2"}
    assert mentions == set()


def _parsed(value: object) -> Iterator[str]:
    """Yield the texts in which Slack looks for markup."""
    match value:
        case {"type": "mrkdwn", "text": str(text)}:
            yield text
        case dict():
            for inner in value.values():
                yield from _parsed(inner)
        case list():
            for inner in value:
                yield from _parsed(inner)


def _with_words(request: Request, words: list[str], reason: str) -> Request:
    steps = tuple(
        Step(
            removal=Removal(word=word, target=None, image_id=None),
            outcome=Refused(refusal=Refusal.NOT_FOUND, message=f"No such image: {word}"),
            hint=word,
        )
        for word in words
    )
    plan = replace(
        removal_plan(request),
        steps=(*removal_plan(request).steps, *steps),
        notes=(reason,),
        command=f"rm {' '.join(words)}",
    )
    states = (*request.steps, *(request.steps[0] for _ in steps))
    return replace(request, plan=plan, steps=states, reason=reason)


TEXTS = st.text(max_size=300) | st.just(HOSTILE)


@pytest.mark.parametrize("request_", STANDINGS, ids=lambda request: request.state.value)
@settings(deadline=None)
@given(words=st.lists(TEXTS, max_size=30), reason=TEXTS)
def test_no_text_from_outside_does_harm_in_a_request(request_: Request, words: list[str], reason: str) -> None:
    """Names and reasons of any characters and any length neither ping nor break a limit, in any state."""
    request = _with_words(request_, words, reason)
    _check(request_message(request))
    _check(told(request))


def _back_with_words(request: Request, words: list[str], text: str) -> Request:
    """Return a request to put images back, with words from outside wherever there are some."""
    obstacle = NotPutBack(obstacle=Obstacle.TAKEN, message=text)
    many = tuple(
        RestoreStep(restoral=Restoral(image_id=image_id("3"), source=word or None, names=(word,)), outcome=outcome)
        for word in words
        for outcome in (obstacle, PutBack(gains=(Tagged(reference=word, image_id=image_id("3")),), left=(text,)))
    )
    assert isinstance(request.plan, RestorePlan)
    plan = replace(request.plan, steps=(*request.plan.steps, *many), notes=(text,), command=f"restore {text}")
    done = StepState(progress=Progress.DONE, outcome=PutBack(gains=(), left=(text, text)), note=text)
    return replace(request, plan=plan, steps=(*request.steps, *(done for _ in many)), reason=text)


@pytest.mark.parametrize("request_", RESTORING, ids=lambda request: request.state.value)
@settings(deadline=None)
@given(words=st.lists(TEXTS, max_size=15), text=TEXTS)
def test_no_text_from_outside_does_harm_where_images_are_put_back(
    request_: Request, words: list[str], text: str
) -> None:
    """Whatever the plan says, and whatever came of it; and in private answers."""
    request = _back_with_words(request_, words, text)
    for message in (
        request_message(request),
        told(request),
        reply(Planned(plan=request.plan, verdict=Forbidden(why=text), ask=text)),
        reply(AskedFor(request=request)),
        reply(Detailed(request=request, timeline=(), records=(), restorals=(request,) * 5, back=True)),
    ):
        _check(message)


@pytest.mark.parametrize("request_", RESTORING, ids=lambda request: request.state.value)
def test_a_message_about_a_restoral_speaks_of_no_removal(request_: Request) -> None:
    """In no state."""
    said = str(request_message(request_)) + str(told(request_))
    assert "remov" not in said.lower().replace("img_", "")
    assert "web-3" in said


def _records(text: str) -> tuple[HistoryRecord, ...]:
    return tuple(
        HistoryRecord(
            number=number,
            request=IN_STATE[State.FINISHED].id,
            host=text or "web-3",
            kind="untagged",
            reference=text,
            names=(text,),
            image_id=f"sha256:{number:064}",
            chain_id=None,
            bytes=None,
            at=NOW,
            requester=DANA,
            approvers=(OLGA,),
            reason=text,
            via="bot",
            source="reported",
            predicted=True,
            event=5,
            step=1,
            daemon_id="D1",
            store="classic",
        )
        for number in range(20)
    )


@settings(deadline=None)
@given(text=TEXTS)
def test_no_text_from_outside_does_harm_in_an_answer(text: str) -> None:
    """Private answers are as safe."""
    request = _with_words(IN_STATE[State.PENDING], [text], text)
    answers: list[Answer] = [
        Sentence(text=text or "x", hint=text),
        Planned(plan=request.plan, verdict=Forbidden(why=text), ask=text),
        AskedFor(request=request),
        TooLate(request=request),
        Told(words=(text,), records=_records(text), older=3),
        Told(words=(text,), records=(), older=None),
        Told(
            words=(text,), records=(request, *(_with_words(each, [text], text) for each in IN_STATE.values())), older=3
        ),
        Told(words=(text,), records=(_refusal(text),) * 20, older=3),
        Gone(host=text or "h", word=text, message=text, hint=text, records=_records(text)),
        Held(why=_held(text)),
        Detailed(request=request, timeline=(), records=_records(text)),
        Counted(period="week", stats=_stats(text), course=COURSE),
        Explained(help=help_text(text)),
    ]
    for answer in answers:
        _check(reply(answer))


COURSE = course(NOW, NOW, DAY, [])


def _refusal(text: str) -> RecordedEvent:
    refusal = NotDone(at=NOW, by=DANA, action=text, answer=text, request_id=RequestId(7))
    return RecordedEvent(sequence=1, at=NOW, kind="refusal", version=None, event=refusal, hash="f" * 64)


def test_what_removed_nothing_is_told_with_who_and_why() -> None:
    """A rejected request with its command, who said no and why; a refusal with what was answered."""
    told = str(reply(Told(words=("status:rejected",), records=(IN_STATE[State.REJECTED],), older=None)))
    assert "Requests for status:rejected, newest first" in told
    assert "`rm redis:7 nginx:1` — rejected by <@U0LEAD>" in told
    told = str(reply(Told(words=("status:refused",), records=(_refusal("No."),), older=None)))
    assert "What was refused for status:refused, newest first" in told
    assert "`No.` — No." in told
    assert "request 7" in told


def _stats(text: str) -> Stats:
    went = tuple(Went(name=f"{text}{number}", images=1, names=2, layers=3, bytes=11 - number) for number in range(12))
    accuracy = Accuracy(steps=3, as_planned=2, measured=1, near=1, predicted=20, freed=20)
    people = (
        Went(name="U0DEV", images=1, names=2, layers=3, bytes=4),
        Went(name="", images=1, names=2, layers=3, bytes=0),
    )
    return Stats(
        since=NOW,
        hosts=went,
        people=people,
        repositories=went,
        requests=((State.FINISHED, 2),),
        refused=1,
        accuracy=accuracy,
    )


def _held(text: str) -> Why:
    """Return what holds an image, with *text* wherever text from outside stands."""
    several = tuple(Holder(kind="container", name=text, detail=text) for _ in range(12))
    share = Share(layers=2, bytes=28, holders=several[:5], more=700)
    return Why(
        host=text or "h",
        image=Image(id=ImageId("sha256:" + "a1" * 32), size=41),
        references=tuple(reference(f"r:{number}") for number in range(12)),
        containers=several,
        children=(text,) * 12,
        rules=(Holder(kind="rule", name=f'rule "{text}"'),),
        shares=(share, Share(layers=1, bytes=None)) * 20,
        removal=step("r:1", "1"),
    )


def test_why_says_who_holds_what() -> None:
    """Names, containers, children and rules, then the layers with those who have them too."""
    shown = str(reply(Held(why=_held("x"))))
    for words in ("`r:0`, `r:1`", "and 2 more", "Containers: x (x), x (x), x (x) and 9 more", "Built on it: x, x"):
        assert words in shown
    for words in (
        'Protected by rule \\"x\\"',
        "2 layers (28 Bytes) also in x (x)",
        "and 702 more",
        "1 layer in nothing else",
    ):
        assert words.replace("\\", "") in shown


STAYING = Stays(
    image_id=ImageId("sha256:" + "a1" * 32),
    layers=5,
    bytes=28_000_000,
    holders=(Holder(kind="image", name="postgres:16"),),
    of_layers=9,
    of_bytes=41_000_000,
)


@pytest.mark.parametrize(
    ("staying", "says"),
    [
        (STAYING, "↳ 28 MB of 41 MB stay: 5 layers also in postgres:16"),
        (replace(STAYING, bytes=None), "↳ 5 of 9 layers stay: 5 layers also in postgres:16"),
        (
            replace(STAYING, layers=0, holders=(Holder(kind="mount", name="container web", detail="running"),)),
            "↳ used by container web (has it mounted, running). Stop and remove it first.",
        ),
        (
            replace(STAYING, layers=0, holders=(Holder(kind="rule", name='rule "ours"'),)),
            '↳ the image stays: protected by rule "ours"',
        ),
    ],
)
def test_what_stays_is_told_with_its_share(staying: Stays, says: str) -> None:
    """How much of how much, and for whom."""
    assert stays(staying) == says


def test_a_name_that_goes_leaves_the_other_names() -> None:
    """Containers are no reason then, for no removal of them would let the image go."""
    holders = tuple(Holder(kind="container", name=f"container c{n}", detail="exited") for n in range(5))
    staying = replace(STAYING, layers=0, holders=(Holder(kind="reference", name="b:1"), *holders), more=7)
    assert stays(staying, untagged=True) == "↳ the image stays: it is also b:1"
    assert "and 2 more and others. Remove them first" in stays(staying)


def test_a_plan_of_an_earlier_version_still_says_what_stays() -> None:
    """It did not have the number of all layers."""
    assert stays(replace(STAYING, of_layers=0, of_bytes=None)).startswith("↳ It stays in part: 5 layers also in")


@pytest.mark.parametrize(
    ("freed", "says"),
    [
        (Freed(bytes=76_000_000), "76 MB"),
        (Freed(bytes=76_000_000, certainty=Certainty.AT_MOST, why="w"), "at most 76 MB"),
        (Freed(bytes=76_000_000, certainty=Certainty.ABOUT, why="w"), "≈ 76 MB"),
        (Freed(bytes=None, certainty=Certainty.ABOUT, why="w"), "an unknown size"),
        (Freed(), "nothing"),
    ],
)
def test_bytes_say_how_sure_they_are(freed: Freed, says: str) -> None:
    """Exact, at most, about, or not known."""
    assert bytes_of(freed) == says


def test_a_batch_of_200_fits_one_message() -> None:
    """The first steps are shown, the rest is counted, and the buttons are still there."""
    steps = tuple(step(f"ghcr.io/company/service-{n}:2026-03-01", "1") for n in range(200))
    plan: Plan = replace(PLAN, steps=steps, command="rm $(ls -q 'ghcr.io/company/*')")
    pending = replace(IN_STATE[State.PENDING], plan=plan, steps=tuple(IN_STATE[State.PENDING].steps[0] for _ in steps))
    message = request_message(pending)
    _check(message)
    assert "and 192 more steps" in str(message)
    assert "img_approve" in str(message)


SAYS = {
    State.PENDING: ["Remove redis:7 and nginx:1 from web-3?", "Frees 20 Bytes", "Needs 1 approval", "img_reject"],
    State.APPROVED: ["Approved: redis:7 and nginx:1", "Approved by <@U0LEAD>"],
    State.REMOVING: ["Removing 1 of 2 from web-3 …", "Approved by <@U0LEAD>"],
    State.FINISHED: ["Removed redis:7 and nginx:1 from web-3, 20 Bytes freed", "Finished"],
    State.INTERRUPTED: ["Interrupted on web-3", "killed 0 of 2 done, 2 not started", "img_resume", "img_stop"],
    State.REJECTED: ["Rejected by <@U0LEAD>", "Nothing was removed", "img_ask_again"],
    State.WITHDRAWN: ["Withdrawn by <@U0DEV>", "Nothing was removed"],
    State.EXPIRED: ["It was not rejected", "img_ask_again"],
    State.DRIFTED: ["- a\\n+ b", "Nothing was touched", "Ask again with the new plan"],
}


@pytest.mark.parametrize("state", list(State))
def test_each_state_says_what_it_is(state: State) -> None:
    """Word and icon of the state, who decided, and what can be done next."""
    shown = str(request_message(IN_STATE[state]))
    for words in SAYS[state]:
        assert words in shown
    assert ("img_approve" in shown) == (state is State.PENDING)


def test_what_was_measured_is_told() -> None:
    """Beside what was predicted."""
    assert "Measured: 19 Bytes freed." in str(request_message(replace(IN_STATE[State.FINISHED], measured=19)))


def test_every_state_shows_the_code_of_the_plan() -> None:
    """The short code in message and confirmation is what people compare."""
    codes = {re.findall(r"plan `?(\w{4}-\w{4})", str(request_message(request)))[0] for request in STANDINGS}
    assert len(codes) == 1
    assert len(DIGEST) == 64


def test_a_period_in_numbers() -> None:
    """Bars, people as Slack shows them, and how good the plans were."""
    text = "\n".join(str(block) for block in reply(Counted(period="week", stats=_stats("host"), course=COURSE)).blocks)
    assert "2 requests (2 finished); 1 click or command refused" in text
    assert "`██████████  11 Bytes    1 image` host0" in text
    assert "4 more" in text
    assert "<@U0DEV>" in text
    assert "outside the bot" in text
    assert "66.6 % of 3 steps went as predicted" in text
    assert "bytes were within 1 % for 100 % of 1 measured request" in text
