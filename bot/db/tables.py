"""The tables. Rows stay in this package; what leaves it are the values of ``approval`` and ``audit``.

Numbers are given by hand under the lock on ``audit_head``, so that none is missing and their order is the order of
commits. What a value consists of and nobody searches is canonical JSON, as text: PostgreSQL's ``jsonb`` would give back
other bytes than those that were hashed.
"""

import sqlalchemy as sa

from bot.db.columns import Identifier, Moment, Number, Words

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

request = sa.Table(
    "removal_request",
    metadata,
    sa.Column("id", Number, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("host", Identifier, nullable=False),
    sa.Column("requester_team", Identifier, nullable=False),
    sa.Column("requester_user", Identifier, nullable=False),
    sa.Column("channel", Words, nullable=False),
    sa.Column("reason", Words, nullable=False),
    sa.Column("token", Identifier, nullable=False, unique=True),
    sa.Column("digest", Identifier, nullable=False),
    sa.Column("asked_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("claim_owner", Words),
    sa.Column("claim_number", sa.Integer),
    sa.Column("claim_until", Moment),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("progress", sa.Text, nullable=False),
    sa.Column("due_at", Moment),
    sa.Column("break_glass", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("claim_slot", sa.Integer),
    sa.Column("restores", sa.BigInteger),
    sa.Column("undo_at", Moment),
    sa.Column("fleet", sa.BigInteger),
    sa.CheckConstraint(
        "state IN ('pending', 'approved', 'removing', 'finished', 'interrupted', 'rejected', 'withdrawn', 'expired',"
        " 'drifted')",
        name="state",
    ),
    sa.CheckConstraint(
        "(claim_owner IS NULL) = (claim_number IS NULL) AND (claim_owner IS NULL) = (claim_until IS NULL)",
        name="claim",
    ),
    sa.CheckConstraint("version > 0", name="version"),
    sa.Index(None, "state", "id"),
    sa.Index(
        "ix_removal_request_removing",
        "host",
        "claim_slot",
        unique=True,
        sqlite_where=sa.text("state = 'removing'"),
        postgresql_where=sa.text("state = 'removing'"),
    ),
    sa.Index(None, "requester_user", "id"),
    sa.Index(None, "asked_at", "state"),
    sa.Index(
        None,
        "due_at",
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    ),
    sa.Index(
        None,
        "restores",
        "id",
        sqlite_where=sa.text("restores IS NOT NULL"),
        postgresql_where=sa.text("restores IS NOT NULL"),
    ),
    sa.Index(
        None,
        "undo_at",
        sqlite_where=sa.text("undo_at IS NOT NULL"),
        postgresql_where=sa.text("undo_at IS NOT NULL"),
    ),
    sa.Index(
        None,
        "fleet",
        "id",
        sqlite_where=sa.text("fleet IS NOT NULL"),
        postgresql_where=sa.text("fleet IS NOT NULL"),
    ),
)
"""A request as it stands. ``progress`` is what it needs, its steps' states and its closing.

``claim_slot`` is the claim's place on the host: the unique index is what keeps two processes from carrying out two
requests on one host. ``restores`` is which request's images are put back, ``fleet`` the number of the fleet it is in.
"""

freed = sa.Table(
    "request_freed",
    metadata,
    sa.Column("request_id", Number, sa.ForeignKey("removal_request.id"), primary_key=True, autoincrement=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Index(None, "bytes", "request_id"),
)
"""What the layers of a request's records come to, for those that have records.

It stands by itself because layers are found gone after the request has ended: whoever writes here has the lock on
``audit_head`` and none on the request, so that the two are never taken the other way round.
"""

fleet = sa.Table(
    "request_fleet",
    metadata,
    sa.Column("id", Number, primary_key=True, autoincrement=False),
    sa.Column("token", Identifier, nullable=False, unique=True),
    sa.Column("event", sa.BigInteger, sa.ForeignKey("audit_event.sequence"), nullable=False),
)
"""Requests for several hosts: numbered with the others, and what was asked is in the event that is named."""

former_token = sa.Table(
    "request_former_token",
    metadata,
    sa.Column("token", Identifier, primary_key=True),
    sa.Column("request_id", Number, sa.ForeignKey("removal_request.id"), nullable=False),
)
"""What the buttons of a request carried before steps were left out of its plan."""

approval = sa.Table(
    "request_approval",
    metadata,
    sa.Column("request_id", Number, sa.ForeignKey("removal_request.id"), primary_key=True),
    sa.Column("team_id", Identifier, primary_key=True),
    sa.Column("user_id", Identifier, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("basis", Words, nullable=False),
    sa.Column("seen_at", Moment),
    sa.Index(None, "user_id", "request_id"),
)
"""The approvals that count. The key is the rule that the same person approves once."""

head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("hash", Identifier, nullable=False),
    sa.Column("last_request", sa.BigInteger, nullable=False),
    sa.Column("last_record", sa.BigInteger, nullable=False),
    sa.CheckConstraint("id = 1", name="one_row"),
)
"""One row: the newest event, and the last numbers given. Whoever writes an event holds it until the commit."""

event = sa.Table(
    "audit_event",
    metadata,
    sa.Column("sequence", Number, primary_key=True, autoincrement=False),
    sa.Column("request_id", sa.BigInteger, sa.ForeignKey("removal_request.id")),
    sa.Column("version", sa.Integer),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("format", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("previous_hash", Identifier, nullable=False),
    sa.Column("hash", Identifier, nullable=False),
    sa.UniqueConstraint("request_id", "version"),
    sa.Index(
        "ix_audit_event_refusal",
        "at",
        sqlite_where=sa.text("kind = 'refusal'"),
        postgresql_where=sa.text("kind = 'refusal'"),
    ),
    sa.Index(
        None,
        "kind",
        "sequence",
        sqlite_where=sa.text("request_id IS NULL"),
        postgresql_where=sa.text("request_id IS NULL"),
    ),
)
"""What happened, append-only: triggers refuse everything but the next event (``triggers.py``)."""

record = sa.Table(
    "removal_record",
    metadata,
    sa.Column("number", Number, primary_key=True, autoincrement=False),
    sa.Column("event", sa.BigInteger, sa.ForeignKey("audit_event.sequence"), nullable=False),
    sa.Column("request_id", sa.BigInteger, sa.ForeignKey("removal_request.id")),
    sa.Column("step", sa.Integer),
    sa.Column("host", Identifier, nullable=False),
    sa.Column("daemon_id", Identifier, nullable=False),
    sa.Column("store", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("reference", Identifier),
    sa.Column("names", Words, nullable=False),
    sa.Column("image_id", Identifier, nullable=False),
    sa.Column("chain_id", Identifier),
    sa.Column("bytes", sa.BigInteger),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("predicted", sa.Boolean, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("via", sa.Text, nullable=False),
    sa.Column("earliest", Moment),
    sa.CheckConstraint("kind IN ('untagged', 'deleted')", name="kind"),
    sa.CheckConstraint("(kind = 'untagged') = (reference IS NOT NULL)", name="reference"),
    sa.CheckConstraint("chain_id IS NULL OR kind = 'deleted'", name="chain_id"),
    sa.CheckConstraint("source IN ('reported', 'derived')", name="source"),
    sa.CheckConstraint("via IN ('bot', 'external')", name="via"),
    sa.CheckConstraint("(via = 'bot') = (request_id IS NOT NULL)", name="request"),
    sa.Index(None, "request_id", "number"),
    sa.Index(None, "image_id", "number"),
    sa.Index(None, "event", "at", "number"),
    sa.Index(
        None,
        "chain_id",
        "number",
        sqlite_where=sa.text("chain_id IS NOT NULL"),
        postgresql_where=sa.text("chain_id IS NOT NULL"),
    ),
    sa.Index(
        None,
        "reference",
        "number",
        sqlite_where=sa.text("reference IS NOT NULL"),
        postgresql_where=sa.text("reference IS NOT NULL"),
    ),
)
"""One row for each reference that was untagged and each image and layer that was deleted; append-only too.

Where it is not known when, it was between ``earliest`` and ``at``.
"""

search = sa.Table(
    "removal_search",
    metadata,
    sa.Column("number", Number, primary_key=True, autoincrement=False),
    sa.Column("event", sa.BigInteger, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("host", Identifier, nullable=False),
    sa.Column("request_id", sa.BigInteger),
    sa.Column("requester_user", Identifier),
    sa.Column("text", Words, nullable=False),
    sa.UniqueConstraint("event", "at"),
    sa.Index("ix_removal_search_at_number", "at", "number", "request_id", "event"),
    sa.Index(None, "host", "at", "number"),
    sa.Index(None, "requester_user", "at", "number"),
    sa.Index(
        None,
        "request_id",
        "at",
        "number",
        sqlite_where=sa.text("request_id IS NOT NULL"),
        postgresql_where=sa.text("request_id IS NOT NULL"),
    ),
    sa.Index(
        "ix_removal_search_external",
        "at",
        "number",
        "request_id",
        "event",
        sqlite_where=sa.text("request_id IS NULL"),
        postgresql_where=sa.text("request_id IS NULL"),
    ),
)
"""What the record is searched by: one row for all records of one event and one moment, append-only too.

``number`` is that of the first of them. ``text`` has what words are looked for in (``finding.py``). That a record can
be found is part of what verifying shows. The index by time has what leads on from there too: what few requests fulfil
is looked for in it from the newest on, and the rows that are passed over are not read.
"""

search_name = sa.Table(
    "removal_search_name",
    metadata,
    sa.Column("name", Identifier, primary_key=True),
    sa.Column("at", Moment, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""The rows of ``removal_search`` by each name that images lost there, by the repository of each, and by grades.

A grade has ``=`` before it, with which no name begins (``finding.py``).
"""

removal_hour = sa.Table(
    "removal_hour",
    metadata,
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("hour", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", Identifier, primary_key=True),
    sa.Column("images", sa.BigInteger, nullable=False),
    sa.Column("names", sa.BigInteger, nullable=False),
    sa.Column("layers", sa.BigInteger, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.CheckConstraint("part IN ('host', 'person', 'repository')", name="part"),
    sqlite_with_rowid=False,
)
"""What went in each hour (counted from 1970, UTC) of one host, by one person's doing, and of one repository.

It follows from the records (``hours.py``), so that a period is summed up without reading them. Sums only grow.
"""

prediction_hour = sa.Table(
    "prediction_hour",
    metadata,
    sa.Column("hour", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("steps", sa.BigInteger, nullable=False),
    sa.Column("as_planned", sa.BigInteger, nullable=False),
    sa.Column("measured", sa.BigInteger, nullable=False),
    sa.Column("near", sa.BigInteger, nullable=False),
    sa.Column("predicted", sa.BigInteger, nullable=False),
    sa.Column("freed", sa.BigInteger, nullable=False),
)
"""How good predictions were in each hour: what ``audit.stats.Accuracy`` says. It follows from the events."""

message = sa.Table(
    "slack_message",
    metadata,
    sa.Column("request_id", Number, sa.ForeignKey("removal_request.id"), primary_key=True),
    sa.Column("purpose", Words, primary_key=True),
    sa.Column("channel", Words),
    sa.Column("ts", Words),
    sa.Column("shown_version", sa.Integer, nullable=False),
    sa.Column("shown_state", sa.Text),
    sa.Column("wanted_version", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", Moment, nullable=False),
    sa.Column("failure", Words),
    sa.Column("taken_until", Moment),
    sa.Column("taken_by", Words),
    sa.Index(
        "ix_slack_message_behind",
        "next_at",
        sqlite_where=sa.text("shown_version < wanted_version"),
        postgresql_where=sa.text("shown_version < wanted_version"),
    ),
)
"""What Slack shows of a request, and what it should; and which process is about to say so."""

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("key", Words, primary_key=True),
    sa.Column("kind", Words, nullable=False),
    sa.Column("body", Words, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("taken_until", Moment),
    sa.Column("done_at", Moment),
    sa.Column("taken_by", Words),
    sa.Column("host", Words),
    sa.Index(
        "ix_inbox_waiting",
        "received_at",
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    ),
)
"""What Slack delivered, under the key that it repeats when it delivers again.

``host`` is known once it had to wait for others about the same host.
"""

notice = sa.Table(
    "notice",
    metadata,
    sa.Column("number", Number, primary_key=True, autoincrement=True),
    sa.Column("kind", Words, nullable=False),
    sa.Column("body", Words, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", Moment, nullable=False),
    sa.Column("posted_at", Moment),
    sa.Column("failure", Words),
    sa.Index(
        "ix_notice_waiting",
        "next_at",
        sqlite_where=sa.text("posted_at IS NULL"),
        postgresql_where=sa.text("posted_at IS NULL"),
    ),
)
"""What is to be posted in the audit channel, and what was."""

approver_group = sa.Table(
    "approver_group",
    metadata,
    sa.Column("group_id", Identifier, primary_key=True),
    sa.Column("first_read_at", Moment, nullable=False),
    sa.Column("fresh_from", Moment, nullable=False),
)
"""A user group that gives a right. What Slack said of it before ``fresh_from`` does not count any more."""

group_member = sa.Table(
    "approver_group_member",
    metadata,
    sa.Column("group_id", Identifier, sa.ForeignKey("approver_group.group_id"), primary_key=True),
    sa.Column("user_id", Identifier, primary_key=True),
    sa.Column("since", Moment, nullable=False),
)
"""Who was in the group when Slack was asked last, and when each was first seen in it."""

kept_host = sa.Table(
    "kept_host",
    metadata,
    sa.Column("host", Identifier, primary_key=True),
    sa.Column("daemon_id", Identifier, nullable=False),
    sa.Column("store", sa.Text, nullable=False),
    sa.Column("seen", sa.BigInteger, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("record", sa.BigInteger, nullable=False),
)
"""When a host was looked at last, by our clock and (``seen``) by its daemon's; and how far the record was before."""

kept_image = sa.Table(
    "kept_image",
    metadata,
    sa.Column("host", Identifier, sa.ForeignKey("kept_host.host"), primary_key=True),
    sa.Column("image_id", Identifier, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
)
"""What the host held then: what it holds later is held against that."""

duty = sa.Table(
    "duty",
    metadata,
    sa.Column("name", Identifier, primary_key=True),
    sa.Column("owner", Words, nullable=False),
    sa.Column("until", Moment, nullable=False),
)
"""Work that one of several processes does at a time, whose it is, and until when unless it says more."""

schema_support = sa.Table(
    "schema_support",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("oldest", sa.Text, nullable=False),
    sa.CheckConstraint("id = 1", name="one_row"),
)
"""One row: the newest migration that the oldest imgbot which works on this schema has to know."""
