"""``imgbot.toml``, table by table. What the rules mean is in ``bot/approval``; what a file may say is here."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from bot.approval.conditions import Action
from bot.command.refusal import COMMAND
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
    SlashCommand,
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
    """The channel where requests are posted, by its ID."""
    audit_channel: ChannelId | None = None
    """The channel for what everybody should know: checkpoints, removals outside, who joined the approvers."""
    command: SlashCommand = COMMAND
    """What the slash command is called in this workspace, as the app's manifest has it: with its slash."""
    message_pause: Pause = timedelta(seconds=1)
    """Between two messages in a channel, and two edits of a message: as much as Slack takes."""
    mode: Literal["socket", "http"] | None = None
    """``"socket"``: the bot connects to Slack. ``"http"``: Slack sends to it. Otherwise what the secrets are for."""
    connections: Connections = 1
    """Connections of Socket Mode: Slack sends each delivery to one of them."""


class HostTable(Strict):
    """``[hosts.NAME]``: how the daemon of one host is reached, and the groups that rules may name it by (``@prod``)."""

    url: Url | None = None
    """Its address: ``unix://``, ``tcp://`` or ``ssh://``."""
    context: Named | None = None
    """The Docker context that has the address, in its place."""
    timeout: Duration = timedelta(seconds=60)
    """How long one call may take."""
    certificates: Path | None = None
    """A folder with ca.pem, cert.pem and key.pem, for ``tcp://``."""
    ssh_config: Path | None = None
    """A file for ``ssh``, in the place of the account's own, for ``ssh://``."""
    at_once: AtOnce | None = None
    """How many calls its daemon gets at the same time."""
    groups: tuple[HostName, ...] = ()
    """The groups that it is in; ``-H @GROUP`` and rules name them."""
    registry: Literal["ask", "never"] = "ask"
    """Whether its daemon is to ask registries which of the images that go they have."""


class EscalateTable(Strict):
    """``escalate``: who may decide too after a while without a decision."""

    after: Duration
    """How long nobody decided."""
    to: Annotated[tuple[ApproverId, ...], Field(min_length=1)]
    """Who may decide then, too: user groups (``S…``) and users (``U…``, ``W…``)."""


class RuleTable(Strict):
    """``[[rules]]``: the first that matches a name decides about it."""

    name: Named
    """What it is called, in messages and on record."""
    hosts: Annotated[tuple[str, ...], Field(min_length=1)] = (ANY,)
    """It matches on these hosts: names, ``@group``, ``*``."""
    images: tuple[PatternText, ...] = ()
    """It matches names like these, such as ``ci/*``; without any, all."""
    force: StrictBool | None = None
    """It matches only with ``--force``, or only without."""
    bytes_over: Size | None = None
    """It matches plans that free more than this."""
    grade: Annotated[tuple[Grade, ...], OneOrMore] = ()
    """It matches images that can be had back like this: ``re-pullable``, ``unknown``, ``only copy``."""
    requesters: tuple[ApproverId, ...] = ()
    """It matches what these people and groups ask for."""
    action: Annotated[tuple[Action, ...], OneOrMore] = ()
    """It matches ``remove``, or ``restore``."""
    approvals: Approvals = 1
    """How many approvals are needed: 0 to 10, or ``"never"``, which forbids it."""
    approvers: tuple[ApproverId, ...] = ()
    """Who may approve: user groups (``S…``) and users (``U…``, ``W…``), by ID."""
    expires: Duration = timedelta(hours=4)
    """When a request that nobody decided on ends."""
    reason: Expression | None = None
    """``"required"``, or a regular expression that the reason has to have, such as ``"OPS-[0-9]+"``."""
    reason_hint: str = ""
    """What is said where the reason has not."""
    remind: Duration | None = None
    """After how long those who may decide are called once more."""
    escalate: EscalateTable | None = None
    """Who may decide too after a while without a decision: ``after`` and ``to``."""
    undo: Duration | None = None
    """How long the content stays on the host, so that it can be undone (docs/undo.md)."""
    canary: Canary = 0
    """How many of several hosts are carried out before the rest."""


class ProtectTable(Strict):
    """``[[protect]]``: what stays, whoever asks."""

    name: Named
    """What it is called where it is the reason why something stays."""
    references: tuple[PatternText, ...] = ()
    """Names that stay, such as ``postgres:*``."""
    hosts: Annotated[tuple[str, ...], Field(min_length=1)] = (ANY,)
    """On these hosts: names, ``@group``, ``*``."""
    keep_newest: Count | None = None
    """So many of the newest images of each repository stay."""
    min_age: Duration | None = None
    """Images younger than this stay."""
    labels: tuple[Label, ...] = ()
    """Images with one of these labels stay: ``keep``, or ``keep=true``."""


class BreakGlassTable(Strict):
    """``[break_glass]``: who may have a plan carried out without an approval, and how long the reason has to be."""

    people: Annotated[tuple[PersonId, ...], Field(min_length=1)]
    """Who may do without an approval, by user ID."""
    least: Least = 20
    """How many characters their reason has at least."""


class AuditTable(Strict):
    """``[audit]``: how the record is proved."""

    checkpoint_every: Count = 1000
    """After how many events the number and hash of the newest one are posted; once a day and at the end in any case."""


class HttpTable(Strict):
    """``[http]``: where the bot answers about itself, and in HTTP mode takes what Slack sends."""

    listen: Listen = "127.0.0.1:8080"
    """The address and the port."""


class File(Strict):
    """``imgbot.toml``."""

    mode: Literal["observe", "active"] = "active"
    """``"observe"`` plans, listens and records, and removes nothing."""
    cool_off: Duration = timedelta(0)
    """How long whoever was added to a group of approvers may not decide yet."""
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
