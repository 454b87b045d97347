"""Messages about a request for several hosts: three that are planned, of which one goes first, and one that is not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.approval.events import (
    Drifted,
    Event,
    Expired,
    Interrupted,
    Looking,
    Rejected,
    Released,
    StepBegun,
    StepDone,
    StepSkipped,
    StepUnclear,
    Withdrawn,
)
from bot.approval.fleet import Fleet, FleetAsked, FleetNarrowed, HostPlan, Unplanned
from bot.approval.lifecycle import Illegal, after, asked
from bot.approval.request import Member, Needs, PlanDigest, Request, RequestId, Token
from bot.flows.answers import FleetAskedFor, FleetDetailed, FleetPlanned, Form, FormKind
from bot.flows.fleet_decide import STOPPED_AFTER_FIRST
from bot.flows.fleet_narrow import LEFT_OUT
from bot.images.removal import Refusal, Refused
from bot.slack import forms
from bot.slack.blocks import Said
from bot.slack.fleet import fleet_message, told_of_fleet
from bot.slack.fleet_lines import of_all
from bot.slack.replies import reply
from tests.approval.examples import DANA, NOW, OLGA
from tests.slack.catalogue.drawn import Entry
from tests.slack.catalogue.forms import PRESSED
from tests.slack.lives import (
    APPROVED,
    CLAIMED,
    DIGEST,
    DRIFT,
    END,
    MINUTE,
    REDIS,
    all_done,
    asking,
    done,
)
from tests.slack.lives import PLAN as OF_ONE

HOSTS = ("web-3", "web-4", "web-5")
PLAN = replace(OF_ONE, command="rm redis:7.2 ci/api:pr-881 postgres:16")
ASKED = FleetAsked(
    at=NOW,
    number=RequestId(1050),
    by=DANA,
    channel="C0DEV",
    reason="OPS-123 disk full before the release",
    command="rm -H @prod redis:7.2 ci/api:pr-881 postgres:16",
    digest=PlanDigest("3b7d" * 16),
    token=Token("fleet-token"),
    parts=tuple(HostPlan(host=host, digest=DIGEST) for host in HOSTS),
    unplanned=(Unplanned(host="web-6", why="web-6 did not answer within 10 s (ssh://imgbot@web-6)."),),
    canary=1,
    uses=("redis:7.2 is in use on web-7 by container cache-1 (running)",),
)
DRAFT = replace(ASKED, number=RequestId(0))
NEEDS = Needs(count=1, approvers=("S0OPSLEADS",), rule="prod")
GOES_ON = (APPROVED, Released(at=NOW + 9 * MINUTE))
WENT = (CLAIMED, *all_done(PLAN), END)
CHANGED = Drifted(at=NOW + 9 * MINUTE, difference=DRIFT)
BEGUN = (CLAIMED, *done(0, REDIS), StepBegun(at=NOW + 9 * MINUTE, step=1))
BROKEN = (
    *BEGUN,
    StepUnclear(at=NOW + 10 * MINUTE, step=1, why="the daemon did not answer for 60 s"),
    Interrupted(at=NOW + 10 * MINUTE, why="The daemon of web-4 did not answer."),
)
BROKEN_FIRST = (*BROKEN[:-1], Interrupted(at=NOW + 10 * MINUTE, why="The daemon of web-3 did not answer."))
REFUSED = Refused(refusal=Refusal.CONFLICT, message="conflict: unable to delete 09760665f0af (must be forced)")
OTHERWISE = (
    CLAIMED,
    StepBegun(at=NOW + 9 * MINUTE, step=0),
    StepDone(at=NOW + 9 * MINUTE, step=0, outcome=REFUSED),
    StepSkipped(at=NOW + 9 * MINUTE, step=1, why="redis:7.2 was refused"),
    StepSkipped(at=NOW + 9 * MINUTE, step=2, why="redis:7.2 was refused"),
    END,
)
LEFT = replace(
    ASKED,
    parts=(*ASKED.parts[:2], replace(ASKED.parts[2], left_out=True)),
    digest=PlanDigest("9c41" * 16),
    token=Token("fleet-token-2"),
)
NARROWED = FleetNarrowed(
    at=NOW + 5 * MINUTE,
    by=OLGA,
    basis="group S0OPSLEADS",
    asked=LEFT,
    hosts=("web-5",),
    words=(),
    version=9,
)
OUT = Rejected(at=NOW + 5 * MINUTE, by=OLGA, basis="group S0OPSLEADS", why=LEFT_OUT)
STOPPED = Rejected(at=NOW + 9 * MINUTE, by=OLGA, basis="group S0OPSLEADS", why=STOPPED_AFTER_FIRST)
LATE = Expired(at=NOW + 240 * MINUTE)
BACK = Withdrawn(at=NOW + 9 * MINUTE, by=DANA)
LOOKS = Looking(at=NOW + 5 * MINUTE, by=OLGA, until=NOW + 15 * MINUTE)
NO = Rejected(at=NOW + 9 * MINUTE, by=OLGA, basis="group S0OPSLEADS", why="We still test with it.")


def fleet(*lives: Sequence[Event], of: FleetAsked = ASKED) -> Fleet:
    """Return a fleet in which each host has had one of *lives*; all but the first wait until they are released."""
    return Fleet(asked=of, members=tuple(_member(of, place, events) for place, events in enumerate(lives)))


def _member(of: FleetAsked, place: int, events: Sequence[Event]) -> Request:
    event = replace(
        asking(replace(PLAN, host=HOSTS[place]), NEEDS),
        token=Token(f"token-{place + 1}"),
        member=Member(fleet=of.number, digest=of.digest, ruled=NEEDS, waits=place >= of.canary),
    )
    request = asked(of.members[place] if of.number else RequestId(0), event)
    for each in events:
        changed = after(request, each)
        assert not isinstance(changed, Illegal), changed.why
        request = changed
    return request


FLEETS: Mapping[str, Fleet] = {
    "pending": fleet((), (), ()),
    "approved": fleet((APPROVED,), (APPROVED,), (APPROVED,)),
    "removing": fleet((APPROVED, *WENT), (*GOES_ON, *BEGUN), GOES_ON),
    "stopped after the first": fleet((APPROVED, CHANGED), (APPROVED,), (APPROVED,)),
    "interrupted": fleet((APPROVED, *WENT), (*GOES_ON, *BROKEN), (*GOES_ON, CHANGED)),
    "finished": fleet((APPROVED, *WENT), (*GOES_ON, *WENT), (*GOES_ON, *WENT)),
    "finished where one drifted": fleet((APPROVED, *WENT), (*GOES_ON, *WENT), (*GOES_ON, CHANGED)),
    "pending and looked at": fleet((LOOKS,), (), ()),
    "pending and narrowed": replace(fleet((), (), (OUT,), of=LEFT), narrowed=NARROWED),
    "finished and narrowed": replace(fleet((APPROVED, *WENT), (*GOES_ON, *WENT), (OUT,), of=LEFT), narrowed=NARROWED),
    "finished otherwise on one": fleet((APPROVED, *WENT), (*GOES_ON, *OTHERWISE), (*GOES_ON, *WENT)),
    "interrupted at the first": fleet((APPROVED, *BROKEN_FIRST), (APPROVED,), (APPROVED,)),
    "ended after the first": fleet((APPROVED, CHANGED), (APPROVED, STOPPED), (APPROVED, STOPPED)),
    "pending where one drifted": fleet((), (CHANGED,), ()),
    "expired": fleet((LATE,), (LATE,), (LATE,)),
    "expired where one did not answer": fleet((APPROVED, *WENT), (*GOES_ON, LATE), (*GOES_ON, *WENT)),
    "withdrawn": fleet((BACK,), (BACK,), (BACK,)),
    "withdrawn after the first": fleet((APPROVED, *WENT), (APPROVED, BACK), (APPROVED, BACK)),
    "rejected": fleet((NO,), (NO,), (NO,)),
    "drifted": fleet((CHANGED,), (CHANGED,), (CHANGED,)),
}
PLANNED = FleetPlanned(fleet=fleet((), (), (), of=DRAFT), ask=DRAFT.command)
ANSWERS = {
    "fleet planned": PLANNED,
    "fleet planned that wants a reason": replace(PLANNED, wants="A ticket, such as OPS-123."),
    "fleet planned that changed": replace(PLANNED, changed=True),
    "fleet asked for": FleetAskedFor(fleet=FLEETS["pending"]),
    "fleet show": FleetDetailed(fleet=FLEETS["finished where one drifted"]),
}
FORMS = {
    "all hosts": Form(kind=FormKind.HOSTS, value=ASKED.token, fleet=FLEETS["finished where one drifted"]),
    "approve some of several hosts": Form(kind=FormKind.SOME, value=ASKED.token, fleet=FLEETS["pending"]),
    "reject on all hosts": Form(kind=FormKind.REJECT, value=ASKED.token, fleet=FLEETS["pending"]),
}


def _messages() -> Iterator[Entry]:
    for name, each in FLEETS.items():
        yield Entry(name=f"channel/fleet {name}", example=each, draw=fleet_message)
        yield Entry(name=f"direct/fleet {name}", example=each, draw=told_of_fleet)


def _in_thread(each: Fleet) -> Said:
    return of_all(each).said


FLEET_ENTRIES = (
    *_messages(),
    *(
        Entry(name=f"thread/lines of a fleet {name}", example=FLEETS[name], draw=_in_thread)
        for name in ("pending", "finished", "finished where one drifted")
    ),
    *(Entry(name=f"reply/{name}", example=answer, draw=reply) for name, answer in ANSWERS.items()),
    *(
        Entry(name=f"form/{name}", example=form, draw=lambda each: forms.view(each, PRESSED))
        for name, form in FORMS.items()
    ),
)
