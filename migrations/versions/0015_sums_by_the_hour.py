"""What went and how good predictions were, by the hour; grades among what the record is asked for.

Revision 0015, after 0014.
"""

from collections.abc import Mapping
from dataclasses import asdict

import sqlalchemy as sa
from alembic import op

from bot.approval.events import StepDone
from bot.approval.undo_events import GuardRemoved
from bot.audit import stats
from bot.audit.stats import Accuracy
from bot.db import event_codec, hours, triggers
from bot.db.columns import moment
from bot.db.finding import GRADE
from bot.db.plan_codec import load_plan
from bot.db.records import planned
from bot.images.restoral import AnyPlan

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
EXTERNAL = sa.text("request_id IS NULL")
BATCH = 5000
RECORDS = sa.text("""
SELECT r.at, r.host, r.request_id, r.names, r.reference, r.chain_id, r.bytes, q.requester_user
FROM removal_record r LEFT JOIN removal_request q ON q.id = r.request_id
WHERE r.event > :after AND r.event <= :through
""")
STEPS = sa.text("""
SELECT e.sequence, e.kind, e.at, e.format, e.body, e.request_id, q.plan
FROM audit_event e JOIN removal_request q ON q.id = e.request_id
WHERE e.kind IN ('step-done', 'guard-removed') AND e.sequence > :after AND e.sequence <= :through
ORDER BY e.sequence
""")
WENT = sa.text("""
INSERT INTO removal_hour (part, hour, name, images, names, layers, bytes)
VALUES (:part, :hour, :name, :images, :names, :layers, :bytes)
ON CONFLICT (part, hour, name) DO UPDATE SET images = removal_hour.images + excluded.images,
names = removal_hour.names + excluded.names, layers = removal_hour.layers + excluded.layers,
bytes = removal_hour.bytes + excluded.bytes
""")
FORETOLD = sa.text("""
INSERT INTO prediction_hour (hour, steps, as_planned, measured, near, predicted, freed)
VALUES (:hour, :steps, :as_planned, :measured, :near, :predicted, :freed)
ON CONFLICT (hour) DO UPDATE SET steps = prediction_hour.steps + excluded.steps,
as_planned = prediction_hour.as_planned + excluded.as_planned
""")
GRADED = sa.text(
    "INSERT INTO removal_search_name (name, at, number) SELECT :name, at, number FROM removal_search"
    " WHERE event = :event"
)


def upgrade() -> None:
    """Make the tables and fill them from the record. An older imgbot would leave them as they are, so it stops here.

    Measurements of before did not say what was predicted, and are left out of how good predictions were.
    """
    _tables()
    _fill(op.get_bind())
    _indexes(["at", "number", "request_id", "event"])
    op.execute("UPDATE schema_support SET oldest = '0015'")
    triggers.create(op.get_bind())


def _tables() -> None:
    op.create_table(
        "removal_hour",
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", IDENTIFIER, nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in hours.COUNTED),
        sa.CheckConstraint("part IN ('host', 'person', 'repository')", name=op.f("ck_removal_hour_part")),
        sa.PrimaryKeyConstraint("part", "hour", "name", name=op.f("pk_removal_hour")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "prediction_hour",
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in asdict(Accuracy())),
        sa.PrimaryKeyConstraint("hour", name=op.f("pk_prediction_hour")),
    )


def _indexes(columns: list[str]) -> None:
    """Make the two indexes by time anew, of these columns."""
    op.drop_index("ix_removal_search_at_number", "removal_search")
    op.create_index("ix_removal_search_at_number", "removal_search", columns)
    op.drop_index("ix_removal_search_external", "removal_search")
    op.create_index(
        "ix_removal_search_external", "removal_search", columns, sqlite_where=EXTERNAL, postgresql_where=EXTERNAL
    )


def _fill(connection: sa.Connection) -> None:
    """Count what is on record, some thousand events at a time."""
    newest = connection.execute(sa.text("SELECT max(sequence) FROM audit_event")).scalar_one_or_none() or 0
    for after in range(0, newest, BATCH):
        part = {"after": after, "through": after + BATCH}
        _count(connection, part)
        _foretell(connection, part)


def _count(connection: sa.Connection, part: Mapping[str, int]) -> None:
    rows = [{**row, "at": moment(row["at"])} for row in connection.execute(RECORDS, part).mappings()]
    requesters = {row["request_id"]: row["requester_user"] for row in rows if row["request_id"]}
    for (kind, hour, name), counts in hours.sums_of(rows, requesters).items():
        sums = dict(zip(hours.COUNTED, counts, strict=True))
        connection.execute(WENT, {"part": kind, "hour": hour, "name": name, **sums})


def _foretell(connection: sa.Connection, part: Mapping[str, int]) -> None:
    plans: dict[int, AnyPlan] = {}
    for row in connection.execute(STEPS, part).all():
        at = moment(row.at)
        done = event_codec.load_event(row.kind, row.format, row.body, at=at, request_id=row.request_id)
        if row.request_id not in plans:
            plans = {row.request_id: load_plan(row.plan)}
        if not isinstance(done, StepDone | GuardRemoved):
            continue
        step = planned(plans[row.request_id], done)
        if isinstance(done, StepDone):
            more = stats.of_step(step.outcome, done.outcome)
            if more.steps:
                connection.execute(FORETOLD, {"hour": hours.hour_of(at), **asdict(more)})
        _grade(connection, row.sequence, step.grades)


def _grade(connection: sa.Connection, event: int, grades: Mapping[str, str]) -> None:
    for grade in sorted(set(grades.values())):
        connection.execute(GRADED, {"name": GRADE + grade, "event": event})


def downgrade() -> None:
    """Drop the tables, and what stands for grades among the names."""
    triggers.drop(op.get_bind())
    op.execute(f"DELETE FROM removal_search_name WHERE name LIKE '{GRADE}%'")  # noqa: S608 -- our own text
    _indexes(["at", "number"])
    op.drop_table("prediction_hour")
    op.drop_table("removal_hour")
    op.execute("UPDATE schema_support SET oldest = '0010'")
    triggers.create(op.get_bind())
