"""What the flows need of the world outside: a Docker daemon, a conversation, a directory of people."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol

from bot.approval.authority import Member
from bot.approval.fleet import Fleet
from bot.approval.notice import Notice
from bot.approval.request import Called, Person, Request
from bot.flows.answers import Answer, AnyForm, FormKind
from bot.flows.overviews import Home, HomePage
from bot.flows.uploads import NotUploaded, Upload, Uploaded
from bot.images.grading import Answer as Registry
from bot.images.ids import ImageId
from bot.images.inventory import Inventory
from bot.images.leaving import Told
from bot.images.listing import BadFilter, Filters
from bot.images.removal import Outcome, Refused, Removal, Unknown
from bot.images.selection import Among

Clock = Callable[[], datetime]
"""The time now, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """A daemon that did not answer: ``why`` is a sentence that names the host and the way to it."""

    host: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that happened to an image or to a container, in Docker's word for it, such as ``tag`` or ``destroy``.

    ``image_id`` is None where it happened to a container, and where Docker names no image (a pull, a prune). ``name``
    is what an image was tagged with: whatever had that name before has lost it, and nothing tells of that. Of a name
    that is lost the containerd store tells which; the classic store has the image's ID there, or nothing.
    """

    action: str
    image_id: ImageId | None
    name: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What happened on a host since a moment, oldest first.

    ``seen`` is the daemon's own clock in nanoseconds since 1970: nothing until then is left out, unless ``complete`` is
    False. Then more happened than the daemon remembers.
    """

    changes: tuple[Change, ...]
    seen: int
    complete: bool = True


class Daemon(Protocol):
    """One Docker daemon. Nothing of it raises for what a daemon may answer or fail to answer."""

    @property
    def host(self) -> str:
        """The host's name in the settings."""
        ...

    @property
    def longest_call(self) -> timedelta:
        """How long one call may take, once it is connected."""
        ...

    def inventory(self, *, kept: bool = False) -> Inventory | Unreachable:
        """Return what the daemon holds at one moment, or ``changed`` where its parts may be of several.

        *kept* images, which were listed before, may do where nothing happened to any: to show, and not to decide.
        """
        ...

    def changes(self, since: int) -> Changes | Unreachable:
        """Return what happened since a moment of the daemon's own clock, such as an inventory's ``seen``.

        Daemons before 27 tell nothing of an image that BuildKit made without a name.
        """
        ...

    def listen(self, since: int, tell: Callable[[Told], None]) -> int | Unreachable:
        """Tell what happened to images from *since* on, by the daemon's clock, and what happens for some seconds.

        0 is now. Returns the moment from which to listen next; something may be told twice.
        """
        ...

    def measured(self, inventory: Inventory, image_ids: Iterable[ImageId]) -> Inventory:
        """Return *inventory* with the sizes of the layers of these images, where they can be told."""
        ...

    def used(self) -> int | None:
        """Return the bytes that all layers take now; None where the daemon does not tell."""
        ...

    def listed(self, filters: Filters) -> Among | BadFilter | Unreachable:
        """Return what the daemon itself lists by these filters, for choosing only: images with their references."""
        ...

    def named(self, target: str) -> ImageId | Unreachable | None:
        """Return the image that a reference or an ID names now."""
        ...

    def distribution(self, reference: str) -> Registry:
        """Return whether a registry has what a ``name@digest`` names: seconds may pass until it says."""
        ...

    def remove(self, removal: Removal) -> Outcome:
        """Send one removal."""
        ...

    def tag(self, image_id: ImageId, name: str) -> Unreachable | None:
        """Give an image a name back; return why that failed, None where it did not."""
        ...

    def pull(self, source: str, alive: Callable[[], None]) -> ImageId | Refused | Unknown:
        """Pull an image by its digest, and return the image that this names then.

        *alive* is called while it goes on, which may be long. Nothing is named by a pull that is refused.
        """
        ...


Daemons = Mapping[str, Daemon]
"""The daemons by host name, in the order of the settings; the first is asked where no host is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTo:
    """Where one person gets a private answer: Slack's response URL, and the channel for when that has run out.

    ``replaces`` where the answer takes the place of the private answer whose button was pressed.
    """

    person: Person
    channel: str
    url: str
    replaces: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A slash command as delivered. ``key`` names the delivery, ``trigger`` opens one form for three seconds."""

    key: str
    text: str
    reply_to: ReplyTo
    trigger: str = ""


class Button(StrEnum):
    """The buttons of our messages, by the action ID that they carry."""

    APPROVE = "img_approve"
    REJECT = "img_reject"
    WITHDRAW = "img_withdraw"
    ASK = "img_ask"
    ASK_AGAIN = "img_ask_again"
    RESUME = "img_resume"
    STOP = "img_stop"
    OLDER = "img_older"
    NEWER = "img_newer"
    CSV = "img_csv"
    JSON_LINES = "img_json_lines"
    EVIDENCE = "img_evidence"
    LOOK = "img_look"
    SOME = "img_some"
    REASON = "img_reason"
    BREAK_GLASS = "img_break_glass"
    REVIEW = "img_review"
    ACKNOWLEDGE = "img_acknowledge"
    RESTORE = "img_restore"
    UNDO = "img_undo"
    RECLAIM = "img_reclaim"
    NEW = "img_new"
    HOST = "img_host"
    DETAILS = "img_details"
    PAGE = "img_page"
    PAGE_BACK = "img_page_back"
    HOSTS = "img_hosts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """A pressed button as delivered. ``value`` is what it carried, ``channel`` and ``ts`` the message it was on.

    ``ts`` is empty where the message was a private answer, which has no lasting name. ``trigger`` opens one form, for
    three seconds. ``form`` is the form that it was in, which has the ID ``view`` and carries ``carried``; the steps
    ``left_out`` are those that are not ticked in it.
    """

    key: str
    button: Button
    value: str
    channel: str
    ts: str
    reply_to: ReplyTo
    trigger: str = ""
    form: FormKind | None = None
    view: str = ""
    carried: str = ""
    left_out: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A form that was filled in, as delivered. ``value`` is what the form carried: a token, or a command.

    ``text`` is what was typed, ``chosen`` what was ticked or typed besides. ``left_out`` are the steps that were not
    ticked on any page; None where the form had no pages yet, and ``chosen`` are those that were.
    """

    key: str
    form: FormKind
    value: str
    text: str
    chosen: tuple[str, ...]
    reply_to: ReplyTo
    left_out: frozenset[int] | None = None


Received = Typed | Click | Submitted
"""What somebody did, as delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChanged:
    """Slack's word that something happened to a user group. What, is never taken from it, but read."""

    key: str
    group_id: str


HOME = "home"
"""The kind of the deliveries by which somebody looks at the Home tab."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeOpened:
    """Somebody opened the Home tab, or another page of a part of it."""

    key: str
    person: Person
    page: HomePage


Drawn = NewType("Drawn", str)
"""An answer as the conversation drew it, in a text that it reads back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """An answer that Slack did not take, kept like a delivery until it does."""

    key: str
    reply_to: ReplyTo
    drawn: Drawn


Delivered = Received | GroupChanged | HomeOpened | Late
"""What Slack delivers, and what it did not take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message that Slack has: where it is."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A message that Slack did not take, and the shortest pause before it is tried again.

    ``busy`` where it did nothing and wants no other message the same way meanwhile; ``never`` where it says that this
    person cannot be written to, so that trying again would be in vain.
    """

    why: str
    again_in: timedelta
    busy: bool = False
    never: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaid:
    """An answer that Slack did not take by any way, and how that failed."""

    drawn: Drawn
    failed: Undelivered


class Purpose(StrEnum):
    """What a message about a request is for."""

    APPROVALS = "approvals"  # the one in the approvals channel, edited through the request's life
    REQUESTER = "requester"  # direct messages to the person who asked
    CALLS = "calls"  # in the thread of the first, to those who may decide
    LINES = "lines"  # Docker's own, in that thread, where they are many


class Conversation(Protocol):
    """Where people read what the bot says."""

    def answer(self, to: ReplyTo, answer: Answer | Drawn) -> Unsaid | None:
        """Answer one person, seen by nobody else; return what is to be said again where Slack did not take it.

        Nobody but that person can see whether it came, so where only Slack's answer was lost it may come twice.
        """
        ...

    def show(self, request: Request, at: Shown | None, *, tried: bool = False) -> Shown | Undelivered:
        """Post or, where *at* is given, edit the message in the approvals channel to show *request* as it stands.

        Where it was *tried* before, it is looked for first: Slack may have it, and only its answer was lost. Likewise
        below.
        """
        ...

    def show_fleet(self, fleet: Fleet, at: Shown | None, *, tried: bool = False) -> Shown | Undelivered:
        """Do as ``show`` for a request for several hosts: one message for all of them."""
        ...

    def tell_fleet(self, fleet: Fleet, version: int, *, tried: bool = False) -> Shown | Undelivered:
        """Write to the requester how a request for several hosts stands. Each *version* is told once."""
        ...

    def tell(self, request: Request, person: Person, *, tried: bool = False) -> Shown | Undelivered:
        """Write to the requester, or to somebody who follows, how *request* stands."""
        ...

    def call(self, request: Request, called: Called, below: Shown, *, tried: bool = False) -> Shown | Undelivered:
        """Call those who may decide, in the thread of the message in the approvals channel."""
        ...

    def print(self, request: Request, below: Shown, *, tried: bool = False) -> Shown | Undelivered:
        """Write Docker's own lines in the thread of that message: as planned, or as they came; a file where many."""
        ...

    def print_fleet(self, fleet: Fleet, below: Shown, *, tried: bool = False) -> Shown | Undelivered:
        """Write those of all hosts, a part for each."""
        ...

    def open(self, trigger: str, form: AnyForm, reply_to: ReplyTo) -> bool:
        """Open a form for one person. Returns whether Slack took it: a trigger is good for three seconds."""
        ...

    def update(self, view: str, form: AnyForm, reply_to: ReplyTo) -> bool:
        """Show *form* in the place of the one that is open as *view*. Returns whether Slack took it."""
        ...

    def home(self, home: Home) -> Undelivered | None:
        """Show somebody their Home tab; return why that failed, None where it did not."""
        ...

    def give(self, person: Person, upload: Upload) -> Uploaded | NotUploaded:
        """Upload a file to the direct message with one person: in a channel it would be for everybody there."""
        ...

    def announce(self, notice: Notice, number: int, *, tried: bool = False) -> Shown | Undelivered:
        """Post *notice*, which goes by its *number*, in the audit channel.

        Where there is none, log it, and return where it is as empty texts.
        """
        ...

    def unsay(self, shown: Shown) -> None:
        """Delete a message of ours that was said twice. Failures are logged."""
        ...


class Directory(Protocol):
    """Who people are, read when it matters."""

    @property
    def team_id(self) -> str:
        """The workspace that the bot is in."""
        ...

    def member(self, person: Person) -> Member:
        """Return what Slack says of this person now."""
        ...

    def group(self, group_id: str) -> frozenset[str] | None:
        """Return the user IDs in a user group now; None where Slack does not say."""
        ...
