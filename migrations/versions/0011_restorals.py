"""Which requests put back what another request removed.

Revision 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

RESTORES = sa.text("restores IS NOT NULL")


def upgrade() -> None:
    """Add the column, and its index."""
    op.add_column("removal_request", sa.Column("restores", sa.BigInteger(), nullable=True))
    op.create_index(
        op.f("ix_removal_request_restores_id"),
        "removal_request",
        ["restores", "id"],
        sqlite_where=RESTORES,
        postgresql_where=RESTORES,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index(op.f("ix_removal_request_restores_id"), table_name="removal_request")
    op.drop_column("removal_request", "restores")
