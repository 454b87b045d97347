"""When Slack said that an approver is in a group, and when something is due while a request waits.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("request_approval", sa.Column("seen_at", sa.BigInteger()))
    op.add_column("removal_request", sa.Column("due_at", sa.BigInteger()))
    due = sa.text("due_at IS NOT NULL")
    op.create_index("ix_removal_request_due_at", "removal_request", ["due_at"], sqlite_where=due, postgresql_where=due)


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_removal_request_due_at", "removal_request")
    op.drop_column("removal_request", "due_at")
    op.drop_column("request_approval", "seen_at")
