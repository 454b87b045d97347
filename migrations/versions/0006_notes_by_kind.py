"""The newest note of a kind is found at once: whether verifying failed is asked before every removal.

Revision 0006, after 0005. Making an index keeps the triggers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NOTES = sa.text("request_id IS NULL")


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "ix_audit_event_kind_sequence",
        "audit_event",
        ["kind", "sequence"],
        sqlite_where=NOTES,
        postgresql_where=NOTES,
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_audit_event_kind_sequence", "audit_event")
