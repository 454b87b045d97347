"""When Slack said that an approver is in the group that gives the right.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("request_approval", sa.Column("seen_at", sa.BigInteger()))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("request_approval", "seen_at")
