"""Requests for several hosts: which fleet a request is in, and what was asked of it.

Revision 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FLEET = sa.text("fleet IS NOT NULL")


def upgrade() -> None:
    """Add the column with its index, and the table. An older imgbot would carry out what waits for other hosts."""
    op.add_column("removal_request", sa.Column("fleet", sa.BigInteger(), nullable=True))
    op.create_index(
        op.f("ix_removal_request_fleet_id"),
        "removal_request",
        ["fleet", "id"],
        sqlite_where=FLEET,
        postgresql_where=FLEET,
    )
    op.create_table(
        "request_fleet",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("token", IDENTIFIER, nullable=False),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["audit_event.sequence"], name=op.f("fk_request_fleet_event_audit_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_fleet")),
        sa.UniqueConstraint("token", name=op.f("uq_request_fleet_token")),
    )
    op.execute("UPDATE schema_support SET oldest = '0016'")


def downgrade() -> None:
    """Drop them."""
    op.execute("UPDATE schema_support SET oldest = '0010'")
    op.drop_table("request_fleet")
    op.drop_index(op.f("ix_removal_request_fleet_id"), table_name="removal_request")
    op.drop_column("removal_request", "fleet")
