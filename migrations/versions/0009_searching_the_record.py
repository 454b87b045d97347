"""What the record is searched by, in the order in which it is told; what requests freed, layers found later included.

Revision 0009, after 0008.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.db import text_index, triggers
from bot.db.finding import Said, names_of, rows_of

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MICROS = sa.BigInteger()
NO_REQUEST = sa.text("request_id IS NULL")
EXTERNAL = sa.text("via = 'external'")
FREED = sa.text("freed IS NOT NULL")
BATCH = 5000

SEARCH = sa.table(
    "removal_search",
    *(sa.column(name) for name in ("number", "event", "at", "host", "request_id", "requester_user", "text")),
)
NAME = sa.table("removal_search_name", *(sa.column(name) for name in ("name", "at", "number")))
SUMS = """
INSERT INTO request_freed (request_id, bytes)
SELECT request_id, coalesce(sum(bytes), 0) FROM removal_record WHERE request_id IS NOT NULL GROUP BY request_id
"""
RECORDS = sa.text("""
SELECT r.number, r.event, r.at, r.host, r.request_id, r.names, q.requester_user, q.reason
FROM removal_record r LEFT JOIN removal_request q ON q.id = r.request_id
WHERE r.event > :after AND r.event <= :through ORDER BY r.number
""")
APPROVERS = sa.text("""
SELECT a.request_id, a.user_id FROM request_approval a
WHERE a.request_id IN (SELECT request_id FROM removal_record WHERE event > :after AND event <= :through)
ORDER BY a.request_id, a.position
""")


def upgrade() -> None:
    """Make the tables, fill them from the record, and make the indexes; those that they replace go."""
    _tables()
    _fill(op.get_bind())
    op.create_index("ix_removal_search_at_number", "removal_search", ["at", "number"])
    op.create_index("ix_removal_search_host_at_number", "removal_search", ["host", "at", "number"])
    op.create_index("ix_removal_search_requester_user_at_number", "removal_search", ["requester_user", "at", "number"])
    op.create_index(
        "ix_removal_search_external",
        "removal_search",
        ["at", "number"],
        sqlite_where=NO_REQUEST,
        postgresql_where=NO_REQUEST,
    )
    text_index.create(op.get_bind())
    op.execute(SUMS)
    op.create_index("ix_request_freed_bytes_request_id", "request_freed", ["bytes", "request_id"])
    _other_indexes()
    triggers.create(op.get_bind())


def _tables() -> None:
    op.create_table(
        "removal_search",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.Column("at", MICROS, nullable=False),
        sa.Column("host", IDENTIFIER, nullable=False),
        sa.Column("request_id", sa.BigInteger()),
        sa.Column("requester_user", IDENTIFIER),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_removal_search")),
        sa.UniqueConstraint("event", "at", name=op.f("uq_removal_search_event_at")),
    )
    op.create_table(
        "removal_search_name",
        sa.Column("name", IDENTIFIER, nullable=False),
        sa.Column("at", MICROS, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name", "at", "number", name=op.f("pk_removal_search_name")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "request_freed",
        sa.Column("request_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["removal_request.id"], name=op.f("fk_request_freed_request_id_removal_request")
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_request_freed")),
    )


def _fill(connection: sa.Connection) -> None:
    """Write a row for each event and moment that has records, some thousand events at a time."""
    newest = connection.execute(sa.text("SELECT max(event) FROM removal_record")).scalar_one_or_none() or 0
    for after in range(0, newest, BATCH):
        part = {"after": after, "through": after + BATCH}
        rows = [dict(row) for row in connection.execute(RECORDS, part).mappings()]
        if not rows:
            continue
        found = rows_of(rows, dict(_said(connection, rows, part)))
        connection.execute(SEARCH.insert(), found)
        if names := names_of(rows, found):
            connection.execute(NAME.insert(), names)


def _said(connection: sa.Connection, rows: list[dict[str, Any]], part: Mapping[str, int]) -> Iterator[tuple[int, Said]]:
    approved = connection.execute(APPROVERS, part).all()
    approvers = {number: tuple(row[1] for row in each) for number, each in groupby(approved, itemgetter(0))}
    for row in rows:
        if number := row["request_id"]:
            said = Said(requester=row["requester_user"], reason=row["reason"], approvers=approvers.get(number, ()))
            yield number, said


def _other_indexes() -> None:
    op.drop_index("ix_removal_record_host_at_number", "removal_record")
    op.drop_index("ix_removal_record_at_number", "removal_record")
    op.drop_index("ix_removal_record_external", "removal_record")
    op.drop_index("ix_removal_record_event", "removal_record")
    op.create_index("ix_removal_record_event_at_number", "removal_record", ["event", "at", "number"])
    op.drop_index("ix_removal_request_freed", "removal_request")
    op.drop_column("removal_request", "freed")
    op.drop_index("ix_removal_request_asked_at", "removal_request")
    op.create_index("ix_removal_request_asked_at_state", "removal_request", ["asked_at", "state"])


def downgrade() -> None:
    """Bring the indexes back, and drop the tables."""
    op.drop_index("ix_removal_request_asked_at_state", "removal_request")
    op.create_index("ix_removal_request_asked_at", "removal_request", ["asked_at"])
    op.add_column("removal_request", sa.Column("freed", sa.BigInteger()))
    op.execute(
        "UPDATE removal_request SET freed ="
        " (SELECT bytes FROM request_freed WHERE request_freed.request_id = removal_request.id)"
    )
    op.create_index(
        "ix_removal_request_freed", "removal_request", ["freed"], sqlite_where=FREED, postgresql_where=FREED
    )
    op.drop_index("ix_removal_record_event_at_number", "removal_record")
    op.create_index("ix_removal_record_event", "removal_record", ["event"])
    op.create_index("ix_removal_record_at_number", "removal_record", ["at", "number"])
    op.create_index("ix_removal_record_host_at_number", "removal_record", ["host", "at", "number"])
    op.create_index(
        "ix_removal_record_external",
        "removal_record",
        ["at", "number"],
        sqlite_where=EXTERNAL,
        postgresql_where=EXTERNAL,
    )
    text_index.drop(op.get_bind())
    op.drop_table("request_freed")
    op.drop_table("removal_search_name")
    op.drop_table("removal_search")
    triggers.create(op.get_bind())
