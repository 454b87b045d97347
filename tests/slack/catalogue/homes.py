"""The Home tab of each role, the form to ask in, a plan page by page, and the lists that can be typed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.approval.request import RequestId, State
from bot.command.offers import Offer
from bot.flows.answers import DetailsForm, NewForm
from bot.flows.overviews import Home, HostsTold, HostTold, Part, RequestRow, RequestsTold, Which
from bot.images.usage import Share, Usage
from bot.slack import forms, home
from bot.slack.replies import reply
from tests.approval.examples import DANA, NOW, OLGA
from tests.slack.catalogue.drawn import Entry, Made
from tests.slack.catalogue.fleets import FLEETS
from tests.slack.catalogue.forms import PRESSED
from tests.slack.lives import BATCHES, REMOVALS

LINK = "https://acme.slack.com/"
USAGE = Usage(
    whole=Share(images=14, bytes=10_400_000_000),
    idle=Share(images=8, bytes=4_100_000_000),
    nameless=Share(images=3, bytes=900_000_000),
    containers=6,
)
HOSTS = (
    HostTold(host="web-3", store="classic", version="28.5.2", usage=USAGE),
    HostTold(host="web-4", why="web-4 did not answer within 10 s (ssh://imgbot@web-4)."),
    HostTold(host="web-5"),
)


def _row(state: State, number: int, *, waits: bool = False) -> RequestRow:
    request = replace(REMOVALS[state], id=RequestId(number))
    return RequestRow(request=request, channel="C0APPROVALS", ts=f"1795536610.{number:06}", waits=waits)


def _several(name: str, *, waits: bool = False) -> RequestRow:
    fleet = FLEETS[name]
    return RequestRow(request=fleet.lead, channel="C0APPROVALS", ts="1795536610.001050", waits=waits, fleet=fleet)


def _part(which: Which, *rows: RequestRow, left: int = 0) -> Part:
    return Part(which=which, rows=rows, left=left)


MINE = _part(Which.MINE, _row(State.PENDING, 12), _row(State.REJECTED, 9), _several("pending"))
REMOVED = _part(Which.REMOVED, _row(State.FINISHED, 11), _several("finished"), left=7)
RECORD = ("48,213 events verified ", NOW, ", all as they were written")
REQUESTER = Home(person=DANA, parts=(MINE, REMOVED), hosts=HOSTS, record=RECORD)
LEAD = Home(
    person=OLGA,
    decides=True,
    parts=(
        _part(Which.WAITING, _row(State.PENDING, 12), _row(State.INTERRUPTED, 10), left=2),
        _part(Which.MINE),
        _part(Which.RUNNING, _row(State.REMOVING, 13), _row(State.APPROVED, 14), _several("removing")),
        _part(Which.UNDO, _row(State.FINISHED, 8)),
        replace(REMOVED, page=1),
    ),
    hosts=HOSTS,
    hosts_page=1,
    hosts_left=40,
    record=RECORD,
    health=("✅ Slack answers", "⚠️ web-4 has not answered since 13:40"),
)
NEW = Home(person=DANA, parts=(_part(Which.MINE), _part(Which.REMOVED)), record=("Not verified yet.",))
IMAGES = (
    Offer(typed="redis:7.2", label="redis:7.2", size=117_000_000, id="7f2a61c94be0"),
    Offer(typed="$(ls -q redis)", label="every tag of redis", images=3),
)


def _entries(group: str, draw: Callable[[Any], Made | None], examples: dict[str, object]) -> tuple[Entry, ...]:
    return tuple(Entry(name=f"{group}/{name}", example=each, draw=draw) for name, each in examples.items())


HOMES = (
    *_entries(
        "home",
        lambda each: home.view(each, LINK),
        {
            "of a requester": REQUESTER,
            "of a lead": LEAD,
            "of somebody new": NEW,
            "of a guest": Home(person=DANA, why_not="Guests cannot use me. Ask a full member of this workspace."),
        },
    ),
    *_entries(
        "form",
        lambda each: forms.view(each, PRESSED),
        {
            "new": NewForm(hosts=("web-3",), host="web-3"),
            "new begun": NewForm(
                hosts=("web-3", "web-4"), host="web-4", images=IMAGES, force=True, reason="OPS-123 disk full"
            ),
            "new on several hosts": NewForm(
                hosts=("web-3", "web-4"), host="web-3", groups=("@prod", "all"), also=("@prod",), images=IMAGES
            ),
            "details": DetailsForm(request=REMOVALS[State.PENDING]),
            "details of what was removed": DetailsForm(request=REMOVALS[State.FINISHED]),
            "details of a batch": DetailsForm(request=BATCHES[State.PENDING], page=1),
        },
    ),
    *_entries(
        "reply",
        reply,
        {
            "mine": RequestsTold(title="Your requests", rows=(*MINE.rows, *REMOVED.rows), more=False),
            "pending": RequestsTold(
                title="What waits, and what is under way",
                rows=(
                    _row(State.PENDING, 12, waits=True),
                    _several("pending", waits=True),
                    _row(State.REMOVING, 13),
                    _several("removing"),
                ),
                more=True,
            ),
            "pending nothing": RequestsTold(title="What waits, and what is under way", rows=(), more=False),
            "hosts": HostsTold(hosts=HOSTS),
            "hosts in a table": HostsTold(
                hosts=(*(replace(HOSTS[0], host=f"db-{at}", groups=("prod",)) for at in (1, 2, 3)), *HOSTS)
            ),
        },
    ),
)
