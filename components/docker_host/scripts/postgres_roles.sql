-- Part of postgres_node.sh: who may log in, and where. Safe to repeat. psql reads the passwords itself, so that no
-- command line shows them.
--
--   peer_slot  replication slot of the other node

-- Passwords stay out of the log, also where a statement fails.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
SET pg_stat_statements.track_utility = off;
\set superuser_password `cat "$SECRETS_DIR/superuser-password"`
\set replication_password `cat "$SECRETS_DIR/replication-password"`
\set dify_password `cat "$SECRETS_DIR/dify-password"`
\set plugin_password `cat "$SECRETS_DIR/plugin-password"`

SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['dify', 'dify_plugin', 'replication']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE postgres PASSWORD :'superuser_password';
ALTER ROLE replication LOGIN REPLICATION PASSWORD :'replication_password';
ALTER ROLE dify LOGIN PASSWORD :'dify_password';
ALTER ROLE dify_plugin LOGIN PASSWORD :'plugin_password';

-- What pg_rewind asks of its source (PostgreSQL manual, pg_rewind, notes).
GRANT EXECUTE ON FUNCTION pg_ls_dir(text, boolean, boolean), pg_stat_file(text, boolean), pg_read_binary_file(text),
    pg_read_binary_file(text, bigint, bigint, boolean) TO replication;
-- The backup sees by it how far it is behind.
GRANT pg_read_all_stats TO replication;

SELECT format('CREATE DATABASE %I OWNER %I', name, name) FROM unnest(ARRAY['dify', 'dify_plugin']) AS name
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec
REVOKE ALL ON DATABASE dify, dify_plugin FROM PUBLIC;

SELECT pg_create_physical_replication_slot(name, true) FROM unnest(ARRAY['backup', :'peer_slot']) AS name
WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = name);
