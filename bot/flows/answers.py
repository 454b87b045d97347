"""What the bot answers to one person, as values. How it looks is decided by the edge that says it."""

from dataclasses import dataclass
from enum import StrEnum

from bot.approval.fleet import Fleet
from bot.approval.notice import Parts
from bot.approval.policy import Verdict
from bot.approval.request import Person, Request
from bot.audit.chain import Broken, Verified
from bot.audit.course import Course
from bot.audit.query import HistoryRecord, Summary
from bot.audit.stats import Stats
from bot.command.help import HelpText
from bot.command.offers import Offer
from bot.db.reading import Entry
from bot.db.store import RecordedEvent
from bot.flows.overviews import HostsTold, RequestsTold
from bot.flows.uploads import About
from bot.images.inventory import Inventory
from bot.images.listing import Row
from bot.images.restoral import AnyPlan
from bot.images.why import Why

STOPPED = "Nothing is removed at present: the record did not verify, and nobody has acknowledged that yet."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A plain answer, and what can be done next. ``parts`` is the same as ``text``, where it names groups or times."""

    text: str
    hint: str = ""
    parts: Parts = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan that nobody has asked for yet: a dry run, or one that the policy forbids or that removes nothing.

    ``ask`` is the command that asks for it, in text. ``wants`` says what reason has to be given first, empty where
    none has; ``glass`` is whether the one who asks may break the glass. ``changed`` is whether another plan had been
    shown when it was asked for.
    """

    plan: AnyPlan
    verdict: Verdict
    ask: str
    wants: str = ""
    glass: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFor:
    """A plan, and the request that was made of it."""

    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlanned:
    """Plans for several hosts that nobody has asked for yet: a dry run. The members have no numbers.

    ``ask``, ``wants`` and ``changed`` are as in ``Planned``.
    """

    fleet: Fleet
    ask: str
    wants: str = ""
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetAskedFor:
    """A request that was made of plans for several hosts."""

    fleet: Fleet


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetDetailed:
    """A request for several hosts as it stands. ``unreachable`` as of ``Detailed``."""

    fleet: Fleet
    unreachable: tuple[tuple[Person, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedTo:
    """Somebody asked for what is asked for already: they follow that request from now on, or did so before."""

    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLate:
    """A button, or a command that was ``typed``, that can do nothing any more, and the request as it stands by now."""

    request: Request
    typed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The images of a host, as ``ls`` shows them."""

    inventory: Inventory
    rows: tuple[Row, ...]
    digests: bool
    no_trunc: bool
    quiet: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What holds an image."""

    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A word that means nothing on a host any more: Docker's words, what may have been meant, and the newest records.

    The records are those that find ``word``, as ``history`` finds it.
    """

    host: str
    word: str
    message: str
    hint: str
    records: tuple[HistoryRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Records, newest first; or requests that removed nothing, or refusals, where these were asked for.

    ``words`` are what was asked; the first page of records has a ``summary`` of all that they find.

    ``older`` is the record before which the next page begins, ``newer`` the one after which the last one did; None
    where there is none.
    """

    words: tuple[str, ...]
    records: tuple[Entry, ...]
    older: int | None
    newer: int | None = None
    summary: Summary | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Detailed:
    """One request with everything that happened to it and everything that went.

    ``restorals`` are the requests to put that back, oldest first; ``back`` is whether it can be asked for.
    ``unreachable`` are those who could not be told of it, each with Slack's word for why.
    """

    request: Request
    timeline: tuple[RecordedEvent, ...]
    records: tuple[HistoryRecord, ...]
    restorals: tuple[Request, ...] = ()
    back: bool = False
    unreachable: tuple[tuple[Person, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A period in numbers; ``period`` is the word for it, and ``course`` how what was freed is spread over it."""

    period: str
    stats: Stats
    course: Course


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A file that somebody was given, ``length`` bytes long. ``link`` is its page's address; empty where unknown."""

    name: str
    length: int
    about: About
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Help."""

    help: HelpText


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What verifying the record found, from the event after number ``since`` on.

    ``stopped`` is the failure that stops removals, which may be an earlier one; None where none does. ``may_go_on`` is
    whether the person may let them go on.
    """

    found: Verified | Broken
    since: int
    stopped: RecordedEvent | None
    may_go_on: bool


class FormKind(StrEnum):
    """The forms, by the callback ID that they carry."""

    REJECT = "img_reject"
    SOME = "img_some"
    REASON = "img_reason"
    BREAK_GLASS = "img_break_glass"
    REVIEW = "img_review"
    NEW = "img_new"
    DETAILS = "img_details"
    HOSTS = "img_hosts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form to be filled in. ``value`` comes back with it.

    ``request`` is what it is about, None where nothing was asked for yet; ``fleet`` where it is about several hosts.
    ``code`` has to be typed where it is not empty, and the text to have at least ``least`` characters; ``hint`` says
    what is wanted. Of a form with pages ``page`` is shown, counted from 0, and the steps ``left_out`` so far are not
    ticked.
    """

    kind: FormKind
    value: str
    request: Request | None = None
    fleet: Fleet | None = None
    code: str = ""
    least: int = 0
    hint: str = ""
    page: int = 0
    left_out: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewForm:
    """The form to ask for a removal in: ``host`` is one of the ``hosts``, ``images`` are chosen to begin with.

    ``groups`` are what else it can be asked for on at once, and ``also`` the hosts and groups that are chosen.
    """

    hosts: tuple[str, ...]
    host: str
    groups: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    images: tuple[Offer, ...] = ()
    force: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailsForm:
    """One page of a whole plan, counted from 0, and of what came of it."""

    request: Request
    page: int = 0


AnyForm = Form | NewForm | DetailsForm

Answer = (
    Sentence
    | Planned
    | AskedFor
    | FleetPlanned
    | FleetAskedFor
    | FleetDetailed
    | JoinedTo
    | TooLate
    | Listed
    | Held
    | Gone
    | Told
    | Detailed
    | Counted
    | Given
    | Explained
    | Verification
    | RequestsTold
    | HostsTold
)
