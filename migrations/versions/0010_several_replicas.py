"""What several replicas need: a place on a host for a claim, messages that are taken, duties, and who may use this.

Revision 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MICROS = sa.BigInteger()
REMOVING = sa.text("state = 'removing'")


def upgrade() -> None:
    """Add the columns and make the tables. An imgbot of one migration before works on without knowing of them."""
    op.add_column("removal_request", sa.Column("claim_slot", sa.Integer(), nullable=True))
    op.create_index(
        "ix_removal_request_removing",
        "removal_request",
        ["host", "claim_slot"],
        unique=True,
        sqlite_where=REMOVING,
        postgresql_where=REMOVING,
    )
    op.add_column("slack_message", sa.Column("taken_until", MICROS, nullable=True))
    op.add_column("slack_message", sa.Column("taken_by", sa.Text(), nullable=True))
    op.create_table(
        "duty",
        sa.Column("name", IDENTIFIER, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("until", MICROS, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_duty")),
    )
    support = op.create_table(
        "schema_support",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("oldest", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_schema_support_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schema_support")),
    )
    op.bulk_insert(support, [{"id": 1, "oldest": "0010"}])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("schema_support")
    op.drop_table("duty")
    op.drop_column("slack_message", "taken_by")
    op.drop_column("slack_message", "taken_until")
    op.drop_index("ix_removal_request_removing", "removal_request")
    op.drop_column("removal_request", "claim_slot")
