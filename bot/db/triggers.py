"""The triggers that keep the record append-only, in both databases.

They are the guard rail: they refuse every change by mistake, and changes by the application's own account. The hash
chain is the proof: it shows a change by somebody who may switch triggers off.

SQLite: ``INSERT OR REPLACE`` and an upsert change a row without firing its DELETE trigger unless
``recursive_triggers`` is on (sqlite.org/lang_conflict.html), so the INSERT trigger takes nothing but the next number;
what the record is searched by has gaps in its numbers, and there it takes nothing that stands in the place of another.
What is summed up changes with each removal: there only more may take the place of less.
PostgreSQL: ``ENABLE ALWAYS`` fires under ``session_replication_role = replica`` too (its manual, ALTER TABLE).

Alembic's batch mode recreates a table without its triggers: a migration that does so to one of these tables calls
``create`` afterwards, and ``missing`` is asked at every start.
"""

import re
from collections.abc import Iterator, Mapping

import sqlalchemy as sa

REFUSED = "The record is append-only"
TABLES = ("audit_event", "removal_record", "removal_search", "removal_search_name")
"""The record, and what it is searched by: whoever hides a record there hides it from most questions."""
SUMS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "request_freed": (("request_id",), ("bytes",)),
    "removal_hour": (("part", "hour", "name"), ("images", "names", "layers", "bytes")),
    "prediction_hour": (("hour",), ("steps", "as_planned", "measured", "near", "predicted", "freed")),
}
"""What is summed up from the record: the keys of these tables, and the sums."""

_SQLITE_REFUSE = """
CREATE TRIGGER {table}_{change} BEFORE {CHANGE} ON {table}
BEGIN SELECT RAISE(ABORT, '{refused}: no {change} of {table}.'); END
"""

_SQLITE_NEXT_EVENT = """
CREATE TRIGGER audit_event_next BEFORE INSERT ON audit_event
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM audit_event)
  OR NEW.previous_hash IS NOT coalesce((SELECT hash FROM audit_event ORDER BY sequence DESC LIMIT 1), '{nothing}')
BEGIN SELECT RAISE(ABORT, '{refused}: only the next event.'); END
"""

_SQLITE_NEXT_RECORD = """
CREATE TRIGGER removal_record_next BEFORE INSERT ON removal_record
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM removal_record)
BEGIN SELECT RAISE(ABORT, '{refused}: only the next record.'); END
"""

_SQLITE_NEXT_SEARCH = """
CREATE TRIGGER removal_search_next BEFORE INSERT ON removal_search
WHEN NEW.number IS NULL OR NEW.number <= (SELECT max(number) FROM removal_search)
  OR EXISTS (SELECT 1 FROM removal_search WHERE event = NEW.event AND at = NEW.at)
BEGIN SELECT RAISE(ABORT, '{refused}: only a next row of removal_search.'); END
"""

_SQLITE_NEXT_NAME = """
CREATE TRIGGER removal_search_name_next BEFORE INSERT ON removal_search_name
WHEN EXISTS (SELECT 1 FROM removal_search_name WHERE name = NEW.name AND at = NEW.at AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, '{refused}: only a new row of removal_search_name.'); END
"""

_SQLITE_MORE = """
CREATE TRIGGER {table}_more BEFORE UPDATE ON {table} WHEN {less}
BEGIN SELECT RAISE(ABORT, '{refused}: a sum of {table} only grows.'); END
"""

_SQLITE_FIRST = """
CREATE TRIGGER {table}_first BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})
BEGIN SELECT RAISE(ABORT, '{refused}: only a new row of {table}.'); END
"""

_SQLITE_NEXT = (_SQLITE_NEXT_EVENT, _SQLITE_NEXT_RECORD, _SQLITE_NEXT_SEARCH, _SQLITE_NEXT_NAME)

_POSTGRESQL_FUNCTIONS = (
    """
CREATE OR REPLACE FUNCTION imgbot_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = '{refused}: no ' || lower(TG_OP) || ' of ' || TG_TABLE_NAME || '.';
END $$
""",
    """
CREATE OR REPLACE FUNCTION imgbot_next_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.sequence IS DISTINCT FROM (SELECT coalesce(max(sequence), 0) + 1 FROM audit_event)
    OR NEW.previous_hash IS DISTINCT FROM
      coalesce((SELECT hash FROM audit_event ORDER BY sequence DESC LIMIT 1), '{nothing}')
  THEN RAISE EXCEPTION USING MESSAGE = '{refused}: only the next event.'; END IF;
  RETURN NEW;
END $$
""",
    """
CREATE OR REPLACE FUNCTION imgbot_next_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.number IS DISTINCT FROM (SELECT coalesce(max(number), 0) + 1 FROM removal_record)
  THEN RAISE EXCEPTION USING MESSAGE = '{refused}: only the next record.'; END IF;
  RETURN NEW;
END $$
""",
    """
CREATE OR REPLACE FUNCTION imgbot_less() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = '{refused}: a sum of ' || TG_TABLE_NAME || ' only grows.';
END $$
""",
)


def _less(table: str) -> str:
    """Return when a row of sums is not the same row with more in it."""
    key, sums = SUMS[table]
    parts = [f"new.{column} <> old.{column}" for column in key] + [f"new.{column} < old.{column}" for column in sums]
    return " OR ".join(parts)


_POSTGRESQL_TRIGGERS = (
    {
        (
            "audit_event",
            "audit_event_next",
        ): "BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION imgbot_next_event()",
        ("removal_record", "removal_record_next"): (
            "BEFORE INSERT ON removal_record FOR EACH ROW EXECUTE FUNCTION imgbot_next_record()"
        ),
    }
    | {
        (table, f"{table}_{change}"): (
            f"BEFORE {change.upper()} ON {table} FOR EACH {each} EXECUTE FUNCTION imgbot_refuse()"
        )
        for table in TABLES
        for change, each in (("update", "ROW"), ("delete", "ROW"), ("truncate", "STATEMENT"))
    }
    | {
        (
            table,
            f"{table}_{change}",
        ): f"BEFORE {change.upper()} ON {table} FOR EACH {each} EXECUTE FUNCTION imgbot_refuse()"
        for table in SUMS
        for change, each in (("delete", "ROW"), ("truncate", "STATEMENT"))
    }
    | {
        (table, f"{table}_more"): (
            f"BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({_less(table)}) EXECUTE FUNCTION imgbot_less()"
        )
        for table in SUMS
    }
)


def _filled(template: str) -> str:
    return template.strip().replace("{refused}", REFUSED).replace("{nothing}", "0" * 64)


def _sqlite() -> Iterator[tuple[str, str]]:
    """Yield the name of each trigger and its statement."""
    templates = [*map(_filled, _SQLITE_NEXT)]
    refused = [(table, change) for table in TABLES for change in ("update", "delete")]
    for table, change in (*refused, *((table, "delete") for table in SUMS)):
        refuse = _filled(_SQLITE_REFUSE).replace("{table}", table)
        templates.append(refuse.replace("{change}", change).replace("{CHANGE}", change.upper()))
    for table, (key, _) in SUMS.items():
        same = " AND ".join(f"{column} = NEW.{column}" for column in key)
        templates.append(_filled(_SQLITE_MORE).replace("{table}", table).replace("{less}", _less(table)))
        templates.append(_filled(_SQLITE_FIRST).replace("{table}", table).replace("{same}", same))
    for statement in templates:
        yield statement.split()[2], statement


def create(connection: sa.Connection) -> None:
    """Make every trigger anew; those of tables that an early migration has not made yet are left out."""
    drop(connection)
    there = set(sa.inspect(connection).get_table_names())
    if connection.dialect.name == "sqlite":
        for _, statement in _sqlite():
            if re.findall(r" ON (\w+)", statement)[0] in there:
                connection.exec_driver_sql(statement)
        return
    for function in _POSTGRESQL_FUNCTIONS:
        connection.exec_driver_sql(_filled(function))
    for (table, name), definition in _POSTGRESQL_TRIGGERS.items():
        if table not in there:
            continue
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {definition}")
        connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def drop(connection: sa.Connection) -> None:
    """Remove every trigger, and PostgreSQL's functions with them."""
    if connection.dialect.name == "sqlite":
        for name, _ in _sqlite():
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        return
    for function in _POSTGRESQL_FUNCTIONS:
        name = re.findall(r"FUNCTION (\w+)\(\)", function)[0]
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {name}() CASCADE")


def missing(connection: sa.Connection) -> tuple[str, ...]:
    """Return the names of the triggers that are not there, not as made here, or switched off."""
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
        there = {(name, statement) for name, statement in found}
        return tuple(name for name, statement in _sqlite() if (name, statement) not in there)
    return (*_missing_functions(connection), *_missing_triggers(connection))


def _missing_functions(connection: sa.Connection) -> Iterator[str]:
    found = connection.exec_driver_sql("SELECT proname, prosrc FROM pg_proc WHERE pg_function_is_visible(oid)")
    there = {(name, source) for name, source in found}
    for function in map(_filled, _POSTGRESQL_FUNCTIONS):
        name, source = re.findall(r"FUNCTION (\w+)\(\)", function)[0], function.split("$$")[1]
        if (name, source) not in there:
            yield name


def _missing_triggers(connection: sa.Connection) -> Iterator[str]:
    """Yield the triggers that are not there with their function and at their moment, or not enabled always."""
    found = connection.exec_driver_sql(
        "SELECT tgname, pg_get_triggerdef(oid, true) FROM pg_trigger WHERE tgenabled = 'A' AND NOT tgisinternal"
    )
    there = {(name, definition) for name, definition in found}
    for (_, name), definition in _POSTGRESQL_TRIGGERS.items():
        if (name, f"CREATE TRIGGER {name} {definition}") not in there:
            yield name
