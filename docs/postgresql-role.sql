-- A role for the bot that can add to the record and change nothing of it. Optional.
--
-- Run it as the role that owns the tables, once `imgbot db upgrade` has made them with that role, in the bot's database:
--   psql -v ON_ERROR_STOP=1 -f postgresql-role.sql DATABASE
-- Then give the role a password (\password imgbot_app), and the bot IMGBOT_DATABASE_URL=postgresql://imgbot_app:…@HOST/DATABASE.
-- Before a newer version of the bot is started, `imgbot db upgrade` has to be run by the owner, and then this again.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'imgbot_app') THEN
    CREATE ROLE imgbot_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT;
  END IF;
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO imgbot_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO imgbot_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO imgbot_app;

-- The record: read and added to.
REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER
  ON audit_event, removal_record, removal_search, removal_search_name FROM imgbot_app;
-- Its head: one row, which goes along with the newest event.
REVOKE INSERT, DELETE ON audit_head FROM imgbot_app;
-- Requests and their messages are never forgotten, and migrations are the owner's.
REVOKE DELETE ON removal_request FROM imgbot_app;
REVOKE INSERT, UPDATE, DELETE ON alembic_version, schema_support FROM imgbot_app;
