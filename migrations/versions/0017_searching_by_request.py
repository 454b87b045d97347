"""What is searched, by the request that it is of: sizes and states lead to requests, and these to what went.

Revision 0017, after 0016. An older imgbot does not miss it and does not mind it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OURS = sa.text("request_id IS NOT NULL")
INDEX = "ix_removal_search_request_id_at_number"


def upgrade() -> None:
    """Add the index."""
    columns = ["request_id", "at", "number"]
    op.create_index(INDEX, "removal_search", columns, sqlite_where=OURS, postgresql_where=OURS)


def downgrade() -> None:
    """Drop it."""
    op.drop_index(INDEX, "removal_search")
