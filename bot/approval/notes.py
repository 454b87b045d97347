"""What is on record beside the requests: it changes none of them."""

from dataclasses import dataclass
from datetime import datetime

from bot.approval.fleet import FleetAsked, FleetNarrowed
from bot.approval.proof import Proof
from bot.approval.request import Person, RequestId
from bot.images.inventory import Store
from bot.images.leaving import Left
from bot.images.removal import DeletedLayer


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A click or a command that did nothing, and the answer it got.

    Changes no request; ``request_id`` is None where it was about none.
    """

    at: datetime
    by: Person
    action: str
    answer: str
    request_id: RequestId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A process of the bot began its work."""

    at: datetime
    owner: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """A process of the bot ended its work as told."""

    at: datetime
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseAway:
    """The database did not answer a process from ``since`` to ``at``, so nothing was begun. ``why`` is what it said."""

    at: datetime
    since: datetime
    why: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChanged:
    """Other rules count from now on. ``digest`` is the SHA-256 of the canonical policy, ``before`` of the last one.

    ``before`` is empty for the first. ``changes`` are readable lines.
    """

    at: datetime
    digest: str
    before: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMembers:
    """Slack says that other people are in a user group that the policy names than when it was asked last."""

    at: datetime
    group: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRead:
    """Somebody asked the record, and was answered. ``query`` is what was asked, as a command.

    ``by`` is the person in Slack; on the command line it is None, and ``user`` is the account and the machine.
    """

    at: datetime
    by: Person | None
    query: str
    user: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutside:
    """Images, names and layers left a host by no request: somebody removed them by hand, a prune or a pipeline did.

    ``pruned`` is whether the daemon told of a prune meanwhile.
    """

    at: datetime
    host: str
    daemon_id: str
    store: Store
    left: tuple[Left, ...]
    pruned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LayersGone:
    """Layers that went with images which a request deleted, found by comparing what the host held before and after.

    The containerd store does not tell of layers. ``names`` are those that the images lost. Changes no request.
    """

    at: datetime
    request_id: RequestId
    step: int
    host: str
    daemon_id: str
    store: Store
    layers: tuple[DeletedLayer, ...]
    names: tuple[str, ...] = ()


Note = (
    Refusal
    | Started
    | Stopped
    | DatabaseAway
    | PolicyChanged
    | GroupMembers
    | RecordRead
    | LeftOutside
    | LayersGone
    | FleetAsked
    | FleetNarrowed
    | Proof
)
"""What is on record beside the requests."""
