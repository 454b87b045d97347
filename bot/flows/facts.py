"""What was found out about the bot's surroundings, as it is. ``diagnosis.py`` says what it means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.approval.policy import Policy
from bot.images.inventory import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSeen:
    """A channel of the settings, by the key that names it; ``error`` is Slack's word for why it cannot be read."""

    key: str
    id: str
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSeen:
    """A user group that a rule names. ``members`` is None where Slack does not tell, and ``error`` its word for why.

    ``handle`` and ``name`` are empty where it does not tell these; ``disabled`` where the group was switched off.
    """

    id: str
    handle: str = ""
    name: str = ""
    members: frozenset[str] | None = None
    disabled: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSeen:
    """Somebody who may decide; ``unfit`` says why they can not, such as a deactivated account."""

    name: str
    unfit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSeen:
    """The workspace as the bot's tokens see it.

    ``error`` is why it was not seen at all, a sentence or Slack's word; ``way`` is "Socket Mode" or "HTTP mode", and
    ``way_error`` why that cannot work. ``scopes`` is None where Slack does not tell.
    """

    error: str = ""
    team: str = ""
    team_id: str = ""
    bot: str = ""
    scopes: frozenset[str] | None = None
    way: str = "Socket Mode"
    way_error: str = ""
    channels: Sequence[ChannelSeen] = ()
    groups: Sequence[GroupSeen] = ()
    people: Mapping[str, PersonSeen] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A call that was tried, and could do no harm: ``needed`` says what for, and is empty for what nobody needs.

    ``refused`` says what kept it off, such as the status of a proxy.
    """

    call: str
    needed: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSeen:
    """A host. ``why`` says why its daemon was not reached. ``skew`` is how far its clock is ahead of ours."""

    host: str
    why: str = ""
    version: str = ""
    api: str = ""
    store: Store | None = None
    skew: timedelta | None = None
    trials: Sequence[Trial] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSeen:
    """The database. ``why`` says why it was not reached; ``faults`` what is wrong with schema and triggers.

    ``free`` is the room on its disk in bytes, None where that is another machine's. ``commanded_at`` is when somebody
    last typed a command, as far as deliveries are remembered. ``elsewhere`` says that another machine uses a SQLite
    file, ``network`` which kind of network file system it is on; they are empty where that is not so.
    """

    name: str
    why: str = ""
    faults: Sequence[str] = ()
    events: int = 0
    began_at: datetime | None = None
    verified_at: datetime | None = None
    failed: str = ""
    commanded_at: datetime | None = None
    free: int | None = None
    elsewhere: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that was found out at the moment ``now``. ``wanted`` are the scopes that the manifest asks for."""

    now: datetime
    policy: Policy
    wanted: frozenset[str]
    slack: SlackSeen
    hosts: Sequence[HostSeen]
    database: DatabaseSeen
