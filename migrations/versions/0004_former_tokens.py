"""What the buttons of a request carried before steps were left out of its plan.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "request_former_token",
        sa.Column("token", IDENTIFIER, nullable=False),
        sa.Column("request_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["removal_request.id"], name=op.f("fk_request_former_token_request_id_removal_request")
        ),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_request_former_token")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("request_former_token")
