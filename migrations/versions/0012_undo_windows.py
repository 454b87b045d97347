"""When something is to be done about what a request keeps for an undo.

Revision 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and its index."""
    op.add_column("removal_request", sa.Column("undo_at", sa.BigInteger()))
    op.create_index(
        "ix_removal_request_undo_at",
        "removal_request",
        ["undo_at"],
        sqlite_where=sa.text("undo_at IS NOT NULL"),
        postgresql_where=sa.text("undo_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_index("ix_removal_request_undo_at", "removal_request")
    op.drop_column("removal_request", "undo_at")
