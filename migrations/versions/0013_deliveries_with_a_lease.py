"""Who took a delivery, so that another takes it soon after; and which host it is about, so that others need not wait.

Revision 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. An imgbot of one migration before works on without knowing of them."""
    op.add_column("inbox", sa.Column("taken_by", sa.Text(), nullable=True))
    op.add_column("inbox", sa.Column("host", sa.Text(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("inbox", "host")
    op.drop_column("inbox", "taken_by")
