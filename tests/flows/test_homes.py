"""The Home tab, the lists that can be typed, and the form to ask in: on both databases."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.app import Flows
from bot.approval.digest import code, digest
from bot.approval.notes import RecordRead
from bot.approval.policy import BreakGlass
from bot.approval.request import Person, State
from bot.flows.answers import AskedFor, DetailsForm, Form, FormKind, NewForm, Planned, Sentence
from bot.flows.overviews import Home, HomePage, HostsTold, RequestsTold, Which
from bot.flows.ports import HOME, Button, Undelivered
from bot.slack.payloads import FORM
from tests.approval.examples import DANA, OLGA
from tests.flows.conftest import RULES, Desk

SAM = Person(team_id="T0", user_id="U0SAM")
REST = timedelta(seconds=2)


def _opens(desk: Desk, by: Person, page: str = "") -> None:
    desk.clock.goes_on(timedelta(milliseconds=1))
    desk.deliver(HOME, {"team": by.team_id, "user": by.user_id, "value": page})


def _drawn(desk: Desk, made: Flows) -> Sequence[Home]:
    """Let the tabs be drawn that are behind, and return these."""
    made.homes.opened()
    before = len(desk.conversation.homes)
    made.homes.due()
    return desk.conversation.homes[before:]


def _settled(desk: Desk, made: Flows) -> Home:
    """Draw until the hosts were looked at, and return the newest tab."""
    for host in made.homes.overview.recent.daemons:
        made.homes.overview.recent.of(host, 5)
    desk.clock.goes_on(REST)
    made.homes.due()
    return desk.conversation.homes[-1]


def _rows(home: Home, which: Which) -> list[int]:
    return [row.request.id for part in home.parts if part.which is which for row in part.rows]


def test_a_tab_is_drawn_when_it_is_opened(desk: Desk) -> None:
    """Once: not again while nothing in it is different, and at once for the next who opens it."""
    made = desk.flows()
    _opens(desk, DANA)
    (home,) = _drawn(desk, made)
    assert home.person == DANA
    settled = _settled(desk, made)
    assert settled.hosts[0].usage is not None
    desk.clock.goes_on(REST)
    assert _drawn(desk, made) == []
    _opens(desk, OLGA)
    assert [home.person for home in _drawn(desk, made)] == [OLGA]


def test_what_each_role_sees(desk: Desk) -> None:
    """The requester theirs, the lead what waits for them, and somebody else neither."""
    request = desk.asked()
    made = desk.flows()
    for person in (DANA, OLGA, SAM):
        _opens(desk, person)
    seen = {home.person: home for home in _drawn(desk, made)}
    assert (_rows(seen[DANA], Which.MINE), _rows(seen[DANA], Which.WAITING)) == ([request.id], [])
    assert (_rows(seen[OLGA], Which.MINE), _rows(seen[OLGA], Which.WAITING)) == ([], [request.id])
    assert not any(part.rows for part in seen[SAM].parts)
    assert [seen[each].decides for each in (DANA, OLGA, SAM)] == [False, True, False]
    (row,) = next(part.rows for part in seen[OLGA].parts if part.which is Which.WAITING)
    assert (row.channel, row.ts) == desk.shown_at(request)


def test_a_review_waits_for_a_lead(desk: Desk) -> None:
    """What was removed by a broken glass, until somebody else than who broke it has looked at it."""
    desk.policy = replace(RULES, break_glass=BreakGlass(people=(DANA.user_id,), least=3))
    planned = desk.type("rm --break-glass redis:alpine")
    assert isinstance(planned, Planned)
    shown = code(digest(planned.plan))
    form = Form(kind=FormKind.BREAK_GLASS, value=planned.ask, code=shown)
    assert isinstance(desk.submit(form, DANA, "on fire", shown), AskedFor)
    desk.remove()
    made = desk.flows()
    for person in (DANA, OLGA):
        _opens(desk, person)
    seen = {home.person: home for home in _drawn(desk, made)}
    assert (_rows(seen[DANA], Which.WAITING), _rows(seen[OLGA], Which.WAITING)) == ([], [1])


def test_a_tab_follows_its_requests(desk: Desk) -> None:
    """Approved, removed, and then among what was removed; what happens at one moment is drawn once."""
    request = desk.asked()
    made = desk.flows()
    _opens(desk, DANA)
    made.homes.due()
    _settled(desk, made)
    desk.press(Button.APPROVE, request, OLGA)
    assert _drawn(desk, made) == []  # so soon after the last one
    desk.remove()
    desk.clock.goes_on(REST)
    (home,) = _drawn(desk, made)
    assert [row.request.state for part in home.parts if part.which is Which.MINE for row in part.rows] == [
        State.FINISHED
    ]
    assert _rows(home, Which.REMOVED) == [request.id]


def test_a_tab_is_drawn_after_a_restart(desk: Desk) -> None:
    """Who looks at one is known by what Slack delivered, for half a day."""
    _opens(desk, DANA)
    assert len(_drawn(desk, desk.flows())) == 1
    assert len(_drawn(desk, desk.flows())) == 1
    desk.clock.goes_on(timedelta(hours=13))
    assert _drawn(desk, desk.flows()) == []


def test_a_busy_slack_is_tried_again(desk: Desk) -> None:
    """After the pause that it asks for, and not before."""
    made = desk.flows()
    _opens(desk, DANA)
    desk.conversation.refuses = Undelivered(why="ratelimited", again_in=timedelta(seconds=30), busy=True)
    assert _drawn(desk, made) == []
    desk.conversation.refuses = None
    assert _drawn(desk, made) == []
    desk.clock.goes_on(timedelta(seconds=31))
    assert len(_drawn(desk, made)) == 1


def test_a_guest_sees_why(desk: Desk) -> None:
    """And nothing else."""
    desk.asked()
    desk.directory.guests.add(SAM.user_id)
    _opens(desk, SAM)
    (home,) = _drawn(desk, desk.flows())
    assert home == Home(person=SAM, why_not="Guests cannot use me.")


def test_pages_of_a_tab(desk: Desk) -> None:
    """Five requests on a page; the other parts stay where they begin."""
    for number in range(7):
        desk.type(f"rm {'redis:alpine' if number % 2 else 'redis:7'} -m {number}")
        desk.type(f"cancel {number + 1}")
    made = desk.flows()
    _opens(desk, DANA)
    (home,) = _drawn(desk, made)
    (mine,) = (part for part in home.parts if part.which is Which.MINE)
    assert ([row.request.id for row in mine.rows], mine.left) == ([7, 6, 5, 4, 3], 2)
    _opens(desk, DANA, "mine 1")
    (home,) = _drawn(desk, made)
    (mine,) = (part for part in home.parts if part.which is Which.MINE)
    assert ([row.request.id for row in mine.rows], mine.page, mine.left) == ([2, 1], 1, 0)


def test_a_tab_that_another_process_heard_of(desk: Desk) -> None:
    """The inbox is asked every two seconds, and not at each thing that happens."""
    made = desk.flows()
    made.homes.due()
    _opens(desk, DANA)
    made.homes.due()
    assert desk.conversation.homes == []
    desk.clock.goes_on(REST)
    made.homes.due()
    assert [home.person for home in desk.conversation.homes] == [DANA]


def test_only_one_process_draws(desk: Desk) -> None:
    """Whose duty it is: two would overtake each other."""
    made = desk.flows()
    _opens(desk, DANA)
    made.homes.mine = lambda: False
    assert _drawn(desk, made) == []


def test_lists_that_can_be_typed(desk: Desk) -> None:
    """``mine``, ``pending`` and ``hosts`` show what the tab does; what waits for the reader is marked."""
    request = desk.asked()
    mine = desk.type("mine")
    assert isinstance(mine, RequestsTold)
    assert [row.request for row in mine.rows] == [request]
    assert isinstance(nothing := desk.type("mine", by=SAM), RequestsTold)
    assert nothing.rows == ()
    for person, waits in ((OLGA, True), (DANA, False)):
        pending = desk.type("pending", by=person)
        assert isinstance(pending, RequestsTold)
        assert [row.waits for row in pending.rows] == [waits]
    hosts = desk.type("hosts")
    assert isinstance(hosts, HostsTold)
    assert [(told.host, told.version, told.why) for told in hosts.hosts] == [("web-3", "28.5.2", "")]
    desk.daemon.reachable = False
    silent = desk.type("hosts")
    assert isinstance(silent, HostsTold)
    assert [told.why for told in silent.hosts] == ["web-3 did not answer."]


def _form(desk: Desk, text: str) -> NewForm:
    body = {"team": "T0", "user": DANA.user_id, "channel": "C0DEV", "text": text, "url": "", "trigger": "1.2"}
    assert desk.deliver("command", body) is None
    (_, form) = desk.conversation.forms[-1]
    assert isinstance(form, NewForm)
    return form


def test_rm_alone_opens_a_form(desk: Desk) -> None:
    """With what was typed filled in; too late for the trigger, that is said."""
    form = _form(desk, "rm -f -m why")
    assert (form.hosts, form.host, form.force, form.reason) == (("web-3",), "web-3", True, "why")
    late = desk.type("rm")  # without a trigger
    assert isinstance(late, Sentence)
    assert late.text == "Slack did not take my form in time."
    wrong = desk.type("rm -H web-9")
    assert isinstance(wrong, Sentence)
    assert 'no host "web-9"' in wrong.text


def test_a_form_asks_as_typing_does(desk: Desk) -> None:
    """The same plan, digest and reason; and once, however often it is delivered."""
    typed = desk.type("rm redis:alpine -m 'OPS-1 disk'")
    assert isinstance(typed, AskedFor)
    desk.type("cancel 1")
    body = {"team": "T0", "user": DANA.user_id, "channel": "", "url": "", "form": FormKind.NEW.value}
    filled = body | {"value": "rm -H web-3 -m 'OPS-1 disk' redis:alpine", "text": "OPS-1 disk", "chosen": []}
    sent = desk.deliver(FORM, filled)
    assert isinstance(sent, AskedFor)
    assert sent.request.plan.steps == typed.request.plan.steps
    assert (sent.request.reason, sent.request.needs) == (typed.request.reason, typed.request.needs)


def test_a_button_begins_the_form(desk: Desk) -> None:
    """The one in the Home tab with nothing, a suggestion with what it is about; another host in its place."""
    request = desk.asked()
    assert desk.press(Button.NEW, request, DANA, value="rm -H web-3 $(ls -q -f dangling=true)") is None
    (_, form) = desk.conversation.forms[-1]
    assert isinstance(form, NewForm)
    assert [offer.typed for offer in form.images] == ["$(ls -q -f dangling=true)"]
    body = {"team": "T0", "user": DANA.user_id, "channel": "", "ts": "", "url": "", "trigger": "1.2"}
    body |= {"button": Button.HOST.value, "value": "web-3", "form": FormKind.NEW.value, "view": "V1", "carried": "x"}
    assert desk.deliver("click", body) is None
    assert desk.conversation.updated == [("V1", replace(form, images=()))]


@pytest.mark.parametrize(
    ("letters", "found"), [("redis:a", ["redis:alpine"]), ("web:1", ["web:1 (as typed)"]), ("; x", [])]
)
def test_what_can_be_chosen(desk: Desk, letters: str, found: list[str]) -> None:
    """From what the host holds; where it does not answer, what was typed if that can be an image."""
    desk.daemon.reachable = letters == "redis:a"
    choosing = desk.flows().receive.views.choosing
    assert [offer.label for offer in choosing.images("web-3", letters)] == found
    assert choosing.images("web-9", "redis:7")[0].label == "redis:7 (as typed)"
    assert choosing.hosts("WEB") == ("web-3",)


def test_details_of_a_request(desk: Desk) -> None:
    """Anybody of the workspace may read them, before and after; a button of no request says so."""
    request = desk.asked()
    assert desk.press(Button.DETAILS, request, SAM) is None
    assert desk.conversation.forms[-1] == (SAM, DetailsForm(request=request))
    with desk.store.reading() as reading:
        assert (read := reading.last(RecordRead)) is not None
    assert read.event == RecordRead(at=desk.clock(), by=SAM, query="show 1")
    unknown = desk.press(Button.DETAILS, request, SAM, value="nothing")
    assert isinstance(unknown, Sentence)
    body = {"team": "T0", "user": SAM.user_id, "channel": "", "ts": "", "url": "", "trigger": ""}
    body |= {"button": Button.PAGE.value, "value": "1", "view": "V1", "carried": request.token}
    desk.deliver("click", body | {"form": FormKind.DETAILS.value})
    assert desk.conversation.updated[-1] == ("V1", DetailsForm(request=request, page=1))


def test_pages_of_what_is_left_out(desk: Desk) -> None:
    """What was unticked on one page is kept for the next, and counts when the form is sent in."""
    desk.type("rm redis:7 redis:alpine nginx")
    request = desk.request()
    body = {"team": "T0", "user": OLGA.user_id, "channel": "C0APPROVALS", "ts": "", "url": "", "trigger": ""}
    body |= {"button": Button.PAGE.value, "value": "1", "view": "V1", "carried": request.token}
    desk.deliver("click", body | {"form": FormKind.SOME.value, "left_out": [1]})
    left = Form(kind=FormKind.SOME, value=request.token, request=request, page=1, left_out=frozenset({1}))
    assert desk.conversation.updated == [("V1", left)]
    sent = {"team": "T0", "user": OLGA.user_id, "channel": "C0APPROVALS", "url": "", "form": FormKind.SOME.value}
    filled: dict[str, object] = {"value": request.token, "text": "", "chosen": ["0"], "left_out": [1]}
    assert desk.deliver(FORM, {**sent, **filled}) is None
    assert [step.word for step in desk.request().plan.steps] == ["redis:7", "nginx"]


def test_a_page_that_is_none(desk: Desk) -> None:
    """Numbers and parts that are not ours are the first page."""
    made = desk.flows()
    for text in ("removed 9999999999", "nothing 1", "mine x", ""):
        _opens(desk, DANA, text)
        (home,) = _drawn(desk, made)
        assert all(part.rows == () for part in home.parts)
    assert HomePage() == HomePage(part=Which.WAITING, number=0)
