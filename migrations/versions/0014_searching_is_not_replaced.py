"""What the record is searched by is not replaced either: the triggers anew.

Revision 0014, after 0013.
"""

from alembic import op

from bot.db import triggers

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the triggers as they are now. An older imgbot writes what they take."""
    triggers.create(op.get_bind())


def downgrade() -> None:
    """Leave them: they refuse nothing that an older imgbot writes, and its own are among them."""
