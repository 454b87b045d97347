"""What the questions that the record is asked need: what a request freed, and indexes.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FREED = sa.text("freed IS NOT NULL")
EXTERNAL = sa.text("via = 'external'")
REFUSAL = sa.text("kind = 'refusal'")
FILL = """
UPDATE removal_request SET freed = (
    SELECT coalesce(sum(bytes), 0) FROM removal_record WHERE removal_record.request_id = removal_request.id
) WHERE EXISTS (SELECT 1 FROM removal_record WHERE removal_record.request_id = removal_request.id)
"""


def upgrade() -> None:
    """Add the column, fill it from the record, and make the indexes."""
    op.add_column("removal_request", sa.Column("freed", sa.BigInteger()))
    op.execute(FILL)
    op.create_index(
        "ix_removal_request_freed", "removal_request", ["freed"], sqlite_where=FREED, postgresql_where=FREED
    )
    op.create_index("ix_removal_request_asked_at", "removal_request", ["asked_at"])
    op.drop_index("ix_removal_record_at", "removal_record")
    op.create_index("ix_removal_record_at_number", "removal_record", ["at", "number"])
    op.create_index("ix_removal_record_event", "removal_record", ["event"])
    op.create_index(
        "ix_removal_record_external",
        "removal_record",
        ["at", "number"],
        sqlite_where=EXTERNAL,
        postgresql_where=EXTERNAL,
    )
    op.create_index("ix_audit_event_refusal", "audit_event", ["at"], sqlite_where=REFUSAL, postgresql_where=REFUSAL)


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_audit_event_refusal", "audit_event")
    op.drop_index("ix_removal_record_external", "removal_record")
    op.drop_index("ix_removal_record_event", "removal_record")
    op.drop_index("ix_removal_record_at_number", "removal_record")
    op.create_index("ix_removal_record_at", "removal_record", ["at"])
    op.drop_index("ix_removal_request_asked_at", "removal_request")
    op.drop_index("ix_removal_request_freed", "removal_request")
    op.drop_column("removal_request", "freed")
