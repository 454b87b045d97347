"""``imgbot.toml``, table by table. What the rules mean is in ``bot/approval``; what a file may say is here."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from bot.approval.conditions import Action
from bot.images.grades import Grade
from bot.images.protection import ANY
from bot.settings.lines import Place
from bot.settings.values import (
    Approvals,
    ApproverId,
    AtOnce,
    Canary,
    ChannelId,
    Connections,
    Count,
    Duration,
    Expression,
    HostName,
    Label,
    Lease,
    Least,
    Listen,
    Named,
    OneOrMore,
    PatternText,
    Pause,
    PersonId,
    Size,
    Url,
)

LOCAL = "local"
"""The name of the host where none is configured: the daemon that the docker command would talk to."""


class Strict(BaseModel):
    """A table in which every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SlackTable(Strict):
    """``[slack]``: the channel where requests are posted, and the one that is told of what leads should know."""

    approvals_channel: ChannelId
    audit_channel: ChannelId | None = None
    message_pause: Pause = timedelta(seconds=1)
    """Between two messages in a channel, and two edits of a message: as much as Slack takes."""
    mode: Literal["socket", "http"] | None = None
    """Whether the bot connects to Slack, or Slack sends to the bot; None is for what the secrets are for."""
    connections: Connections = 1
    """Connections of Socket Mode: Slack sends each delivery to one of them."""


class HostTable(Strict):
    """``[hosts.NAME]``: how the daemon of one host is reached, and the groups that rules may name it by (``@prod``)."""

    url: Url | None = None
    context: Named | None = None
    """The Docker context that has the address, in its place."""
    timeout: Duration = timedelta(seconds=60)
    certificates: Path | None = None
    """A folder with ca.pem, cert.pem and key.pem, for ``tcp://``."""
    ssh_config: Path | None = None
    """A file for ``ssh``, in the place of the account's own, for ``ssh://``."""
    at_once: AtOnce | None = None
    """How many calls its daemon gets at the same time."""
    groups: tuple[HostName, ...] = ()
    registry: Literal["ask", "never"] = "ask"
    """Whether its daemon is to ask registries which of the images that go they have."""


class EscalateTable(Strict):
    """``escalate``: who may decide too after a while without a decision."""

    after: Duration
    to: Annotated[tuple[ApproverId, ...], Field(min_length=1)]


class RuleTable(Strict):
    """``[[rules]]``: the first that matches a name decides about it."""

    name: Named
    hosts: Annotated[tuple[str, ...], Field(min_length=1)] = (ANY,)
    images: tuple[PatternText, ...] = ()
    force: StrictBool | None = None
    bytes_over: Size | None = None
    grade: Annotated[tuple[Grade, ...], OneOrMore] = ()
    requesters: tuple[ApproverId, ...] = ()
    action: Annotated[tuple[Action, ...], OneOrMore] = ()
    approvals: Approvals = 1
    approvers: tuple[ApproverId, ...] = ()
    expires: Duration = timedelta(hours=4)
    reason: Expression | None = None
    reason_hint: str = ""
    remind: Duration | None = None
    escalate: EscalateTable | None = None
    undo: Duration | None = None
    canary: Canary = 0
    """How many of several hosts are carried out before the rest."""


class ProtectTable(Strict):
    """``[[protect]]``: what stays, whoever asks."""

    name: Named
    references: tuple[PatternText, ...] = ()
    hosts: Annotated[tuple[str, ...], Field(min_length=1)] = (ANY,)
    keep_newest: Count | None = None
    min_age: Duration | None = None
    labels: tuple[Label, ...] = ()


class BreakGlassTable(Strict):
    """``[break_glass]``: who may have a plan carried out without an approval, and how long the reason has to be."""

    people: Annotated[tuple[PersonId, ...], Field(min_length=1)]
    least: Least = 20


class AuditTable(Strict):
    """``[audit]``: how the record is proved."""

    checkpoint_every: Count = 1000


class HttpTable(Strict):
    """``[http]``: where the bot answers about itself, and in HTTP mode takes what Slack sends."""

    listen: Listen = "127.0.0.1:8080"


class File(Strict):
    """``imgbot.toml``."""

    mode: Literal["observe", "active"] = "active"
    cool_off: Duration = timedelta(0)
    look_every: Duration = timedelta(minutes=10)
    """How often a host is looked at for what left it by no request, where its daemon tells of nothing."""
    lease: Lease = timedelta(seconds=60)
    """How long a replica may say nothing before another takes over what it carries out."""
    slack: SlackTable | None = None
    http: HttpTable | None = None
    audit: AuditTable = AuditTable()
    hosts: Mapping[HostName, HostTable] = Field(default_factory=dict)
    rules: tuple[RuleTable, ...] = ()
    protect: tuple[ProtectTable, ...] = ()
    break_glass: BreakGlassTable | None = None


_TABLES: Mapping[Place, type[Strict]] = MappingProxyType(
    {
        (): File,
        ("slack",): SlackTable,
        ("http",): HttpTable,
        ("audit",): AuditTable,
        ("hosts", "*"): HostTable,
        ("rules",): RuleTable,
        ("rules", "escalate"): EscalateTable,
        ("protect",): ProtectTable,
        ("break_glass",): BreakGlassTable,
    }
)
KEYS: Mapping[Place, tuple[str, ...]] = MappingProxyType({at: tuple(t.model_fields) for at, t in _TABLES.items()})
"""The keys that a table may have, by its place without numbers and the names of hosts."""
