"""Requests, what happened to them, what was removed, and what Slack is told.

Revision 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

from bot.db import triggers

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MICROS = sa.BigInteger()


def upgrade() -> None:
    """Make the tables and their triggers."""
    _request()
    _approval()
    _head()
    _event()
    _record()
    _message()
    _inbox()
    triggers.create(op.get_bind())


def downgrade() -> None:
    """Drop everything, and with it everything that was on record."""
    triggers.drop(op.get_bind())
    for table in (
        "inbox",
        "slack_message",
        "removal_record",
        "audit_event",
        "audit_head",
        "request_approval",
        "removal_request",
    ):
        op.drop_table(table)


def _request() -> None:
    op.create_table(
        "removal_request",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("host", IDENTIFIER, nullable=False),
        sa.Column("requester_team", IDENTIFIER, nullable=False),
        sa.Column("requester_user", IDENTIFIER, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("token", IDENTIFIER, nullable=False),
        sa.Column("digest", IDENTIFIER, nullable=False),
        sa.Column("asked_at", MICROS, nullable=False),
        sa.Column("expires_at", MICROS, nullable=False),
        sa.Column("changed_at", MICROS, nullable=False),
        sa.Column("claim_owner", sa.Text(), nullable=True),
        sa.Column("claim_number", sa.Integer(), nullable=True),
        sa.Column("claim_until", MICROS, nullable=True),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'removing', 'finished', 'interrupted', 'rejected', 'withdrawn',"
            " 'expired', 'drifted')",
            name=op.f("ck_removal_request_state"),
        ),
        sa.CheckConstraint(
            "(claim_owner IS NULL) = (claim_number IS NULL) AND (claim_owner IS NULL) = (claim_until IS NULL)",
            name=op.f("ck_removal_request_claim"),
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_removal_request_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removal_request")),
        sa.UniqueConstraint("token", name=op.f("uq_removal_request_token")),
    )
    op.create_index("ix_removal_request_state_id", "removal_request", ["state", "id"])
    op.create_index("ix_removal_request_requester_user_id", "removal_request", ["requester_user", "id"])


def _approval() -> None:
    op.create_table(
        "request_approval",
        sa.Column("request_id", NUMBER, nullable=False),
        sa.Column("team_id", IDENTIFIER, nullable=False),
        sa.Column("user_id", IDENTIFIER, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", MICROS, nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        _about_a_request("request_approval"),
        sa.PrimaryKeyConstraint("request_id", "team_id", "user_id", name=op.f("pk_request_approval")),
    )
    op.create_index("ix_request_approval_user_id_request_id", "request_approval", ["user_id", "request_id"])


def _about_a_request(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["request_id"], ["removal_request.id"], name=op.f(f"fk_{table}_request_id_removal_request")
    )


def _head() -> None:
    table = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", IDENTIFIER, nullable=False),
        sa.Column("last_request", sa.BigInteger(), nullable=False),
        sa.Column("last_record", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.bulk_insert(table, [{"id": 1, "sequence": 0, "hash": "0" * 64, "last_request": 0, "last_record": 0}])


def _event() -> None:
    op.create_table(
        "audit_event",
        sa.Column("sequence", NUMBER, autoincrement=False, nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", MICROS, nullable=False),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("previous_hash", IDENTIFIER, nullable=False),
        sa.Column("hash", IDENTIFIER, nullable=False),
        _about_a_request("audit_event"),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("request_id", "version", name=op.f("uq_audit_event_request_id_version")),
    )


def _record() -> None:
    op.create_table(
        "removal_record",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("host", IDENTIFIER, nullable=False),
        sa.Column("daemon_id", IDENTIFIER, nullable=False),
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", IDENTIFIER, nullable=True),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("image_id", IDENTIFIER, nullable=False),
        sa.Column("chain_id", IDENTIFIER, nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("predicted", sa.Boolean(), nullable=False),
        sa.Column("at", MICROS, nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        *_record_rules(),
        sa.ForeignKeyConstraint(["event"], ["audit_event.sequence"], name=op.f("fk_removal_record_event_audit_event")),
        _about_a_request("removal_record"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_removal_record")),
    )
    for columns in (["request_id", "number"], ["host", "at", "number"], ["image_id", "number"], ["at"]):
        op.create_index(f"ix_removal_record_{'_'.join(columns)}", "removal_record", columns)
    for column in ("chain_id", "reference"):
        has_one = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_removal_record_{column}_number",
            "removal_record",
            [column, "number"],
            sqlite_where=has_one,
            postgresql_where=has_one,
        )


def _record_rules() -> tuple[sa.CheckConstraint, ...]:
    rules = {
        "kind": "kind IN ('untagged', 'deleted')",
        "reference": "(kind = 'untagged') = (reference IS NOT NULL)",
        "chain_id": "chain_id IS NULL OR kind = 'deleted'",
        "source": "source IN ('reported', 'derived')",
        "via": "via IN ('bot', 'external')",
        "request": "(via = 'bot') = (request_id IS NOT NULL)",
    }
    return tuple(sa.CheckConstraint(rule, name=op.f(f"ck_removal_record_{name}")) for name, rule in rules.items())


def _message() -> None:
    op.create_table(
        "slack_message",
        sa.Column("request_id", NUMBER, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("ts", sa.Text(), nullable=True),
        sa.Column("shown_version", sa.Integer(), nullable=False),
        sa.Column("shown_state", sa.Text(), nullable=True),
        sa.Column("wanted_version", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", MICROS, nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        _about_a_request("slack_message"),
        sa.PrimaryKeyConstraint("request_id", "purpose", name=op.f("pk_slack_message")),
    )
    behind = sa.text("shown_version < wanted_version")
    op.create_index(
        "ix_slack_message_behind", "slack_message", ["next_at"], sqlite_where=behind, postgresql_where=behind
    )


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", MICROS, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("taken_until", MICROS, nullable=True),
        sa.Column("done_at", MICROS, nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_inbox")),
    )
    waiting = sa.text("done_at IS NULL")
    op.create_index("ix_inbox_waiting", "inbox", ["received_at"], sqlite_where=waiting, postgresql_where=waiting)
