"""How hosts were looked at last, and since when a removal may have been.

Revision 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MICROS = sa.BigInteger()


def upgrade() -> None:
    """Make the tables, and add the column: that keeps the triggers of its table."""
    op.create_table(
        "kept_host",
        sa.Column("host", IDENTIFIER, nullable=False),
        sa.Column("daemon_id", IDENTIFIER, nullable=False),
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("at", MICROS, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_kept_host")),
    )
    op.create_table(
        "kept_image",
        sa.Column("host", IDENTIFIER, nullable=False),
        sa.Column("image_id", IDENTIFIER, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["host"], ["kept_host.host"], name=op.f("fk_kept_image_host_kept_host")),
        sa.PrimaryKeyConstraint("host", "image_id", name=op.f("pk_kept_image")),
    )
    op.add_column("removal_record", sa.Column("earliest", MICROS, nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("removal_record", "earliest")
    op.drop_table("kept_image")
    op.drop_table("kept_host")
