"""What a daemon's own events, and what it holds in the end, say of one host, held against the record.

Guards are ours, so their names go without a record of their own: each that was set is gone in the end.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from bot.approval.request import Request
from bot.audit.query import HistoryRecord
from bot.images.guards import KEPT, is_guard_name
from bot.images.ids import full_id
from bot.images.reference import Reference, parse
from bot.images.restoral import PutBack, Tagged
from tests.chaos.scene import Told
from tests.daemons import RunningDaemon

UNTAG, DELETE, TAG = "untag", "delete", "tag"


@dataclass(slots=True)
class Differences:
    """What the accounts do not agree on, by kind, each as a sentence."""

    doubled: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    chain: list[str] = field(default_factory=list)

    @property
    def none(self) -> bool:
        """Whether they agree."""
        return not any((self.doubled, self.lost, self.unexplained, self.stale, self.chain))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One host: what its daemon told, and what of it is on record."""

    host: str
    daemon: RunningDaemon
    told: tuple[Told, ...]
    records: tuple[HistoryRecord, ...]
    requests: Sequence[Request]

    @property
    def untagged(self) -> tuple[HistoryRecord, ...]:
        """The records of names that went by a request."""
        return tuple(record for record in self.records if record.reference and record.request)

    @property
    def given(self) -> Iterator[str]:
        """The names that came back: by restorals, and by undoing."""
        for request in self.requests:
            yield from request.undo.back if request.undo else ()
            for step in request.steps:
                if isinstance(step.outcome, PutBack):
                    yield from (gain.reference for gain in step.outcome.gains if isinstance(gain, Tagged))


def names_on(daemon: RunningDaemon) -> frozenset[str]:
    """Return every tag on a host, without digests."""
    return frozenset(tag for image in daemon.client.images() for tag in image["RepoTags"] or () if "@" not in tag)


def deleted(found: Differences, account: Account) -> None:
    """Hold the images that were deleted against the record."""
    by_daemon = Counter(_full_id(each.id) for each in account.told if each.action == DELETE)
    ours = [r for r in account.records if r.kind == "deleted" and not r.chain_id and r.request]
    _compared(found, f"{account.host}: %s was deleted", by_daemon, Counter(record.image_id for record in ours))


def untagged(found: Differences, account: Account) -> None:
    """Hold the names that went against the record: name by name, or image by image where the daemon tells no more.

    The classic store tells which image lost a name, and nothing of a digest that goes along with a tag. The containerd
    store tells which name went; not all of digests, which are held against nothing.
    """
    events = [each for each in account.told if each.action == UNTAG]
    tags = [record for record in account.untagged if "@" not in (record.reference or "")]
    if account.daemon.containerd:
        _by_name(found, account, events, tags)
        return
    by_daemon = Counter(_full_id(each.id) for each in events)
    by_daemon -= Counter(image_id for _, image_id in _guards(account.told))
    least, most = Counter(r.image_id for r in tags), Counter(r.image_id for r in account.untagged)
    by_record = Counter({image: min(max(by_daemon[image], least[image]), most[image]) for image in most})
    _compared(found, f"{account.host}: a name of %s went", by_daemon, by_record)


def _by_name(found: Differences, account: Account, events: Iterable[Told], tags: Iterable[HistoryRecord]) -> None:
    """Compare by name; and by image where the last name went with its image, of which the ID is told."""
    names = Counter(_familiar(each) for each in events if not _is_id(each.id))
    by_daemon = Counter({name: number for name, number in names.items() if "@" not in name and not is_guard_name(name)})
    by_record = Counter(record.reference or "" for record in tags)
    _compared(found, f"{account.host}: %s was untagged", by_daemon, by_record & by_daemon)
    with_image = [image_id for name, image_id in _guards(account.told) if not names[name]]
    by_daemon = Counter(_full_id(each.id) for each in events if _is_id(each.id)) - Counter(with_image)
    by_record = Counter(record.image_id for record in tags if not names[record.reference or ""])
    _compared(found, f"{account.host}: a name of %s went", by_daemon, by_record)


def put_back(found: Differences, account: Account) -> None:
    """Hold the names that images were given against the record of restorals and of what was undone."""
    tags = [_name(each) for each in account.told if each.action == TAG]
    ours = Counter(name for name in tags if not is_guard_name(name) and not name.startswith(f"{KEPT}/"))
    _compared(found, f"{account.host}: %s was given back", ours, Counter(account.given))


def left(found: Differences, account: Account, before: frozenset[str]) -> None:
    """Hold the names that are there in the end against those of the beginning, without and with those on record."""
    gone = {record.reference for record in account.untagged}
    wanted = (before - gone) | set(account.given)
    there = names_on(account.daemon)
    found.unexplained += [f"{account.host}: {name} is not there, and nothing says why" for name in wanted - there]
    found.unexplained += [f"{account.host}: {name} is there, and nothing says why" for name in there - wanted]


def _compared(found: Differences, what: str, by_daemon: Counter[str], by_record: Counter[str]) -> None:
    found.lost += [f"{what % each}, and is not on record" for each in (by_daemon - by_record).elements()]
    found.doubled += [f"{what % each}, says the record once too often" for each in (by_record - by_daemon).elements()]


def _guards(told: Iterable[Told]) -> set[tuple[str, str]]:
    """Return the guards that were ever set, each with its image: one that was set twice was there once."""
    return {(_name(each), _full_id(each.id)) for each in told if each.action == TAG and is_guard_name(_name(each))}


def _is_id(identifier: str) -> bool:
    return full_id(identifier) is not None


def _full_id(identifier: str) -> str:
    return identifier if identifier.startswith("sha256:") else f"sha256:{identifier}"


def _name(told: Told) -> str:
    """Return the name that an image was given, as Docker prints it."""
    parsed = parse(told.name)
    return parsed.familiar if isinstance(parsed, Reference) else told.name


def _familiar(told: Told) -> str:
    parsed = parse(told.id)
    return parsed.familiar if isinstance(parsed, Reference) else told.id
