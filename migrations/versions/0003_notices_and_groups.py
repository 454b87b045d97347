"""The outbox of the audit channel, and who was seen in the groups of approvers.

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MICROS = sa.BigInteger()


def upgrade() -> None:
    """Make the tables."""
    _notice()
    _group()


def downgrade() -> None:
    """Drop them."""
    op.drop_table("approver_group_member")
    op.drop_table("approver_group")
    op.drop_table("notice")


def _notice() -> None:
    op.create_table(
        "notice",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", MICROS, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", MICROS, nullable=False),
        sa.Column("posted_at", MICROS, nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_notice")),
    )
    waiting = sa.text("posted_at IS NULL")
    op.create_index("ix_notice_waiting", "notice", ["next_at"], sqlite_where=waiting, postgresql_where=waiting)


def _group() -> None:
    op.create_table(
        "approver_group",
        sa.Column("group_id", IDENTIFIER, nullable=False),
        sa.Column("first_read_at", MICROS, nullable=False),
        sa.Column("fresh_from", MICROS, nullable=False),
        sa.PrimaryKeyConstraint("group_id", name=op.f("pk_approver_group")),
    )
    op.create_table(
        "approver_group_member",
        sa.Column("group_id", IDENTIFIER, nullable=False),
        sa.Column("user_id", IDENTIFIER, nullable=False),
        sa.Column("since", MICROS, nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["approver_group.group_id"],
            name=op.f("fk_approver_group_member_group_id_approver_group"),
        ),
        sa.PrimaryKeyConstraint("group_id", "user_id", name=op.f("pk_approver_group_member")),
    )
