"""What the record is searched by is not replaced either: the triggers anew.

Revision 0013, after 0012.
"""

from alembic import op

from bot.db import triggers

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the triggers as they are now. An older imgbot writes what they take."""
    triggers.create(op.get_bind())


def downgrade() -> None:
    """Leave them: they refuse nothing that an older imgbot writes, and its own are among them."""
