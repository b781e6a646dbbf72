"""What a role may read of tables that another role owns: some of their columns, nothing else.

Dify's migrations make the tables long after the set-up, and later ones add columns. PostgreSQL's default privileges
would open all of every table to the reader, messages and password hashes included. So the owner of the tables leaves a
function behind that grants the listed columns as far as they are there, which the reader may call whenever it likes:
it gets what is listed and can change neither the list nor a row.
"""

from postgresql import Session, name
from setup_outcome import Outcome
from setup_request import ReaderRequest

_BODY = """
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT listed.table_name, listed.column_name
        FROM (VALUES {listed}) AS listed (table_name, column_name)
        JOIN pg_class ON relname = listed.table_name AND relkind IN ('r', 'p')
        JOIN pg_namespace ON pg_namespace.oid = relnamespace AND nspname = 'public'
        JOIN pg_attribute ON attrelid = pg_class.oid AND attname = listed.column_name AND NOT attisdropped
        WHERE NOT has_column_privilege('{reader}', pg_class.oid, attnum, 'SELECT')
            AND pg_has_role(current_user, relowner, 'USAGE')
    LOOP
        EXECUTE format('GRANT SELECT (%I) ON public.%I TO {reader}', wanted.column_name, wanted.table_name);
    END LOOP;
END
"""
"""Names in it were checked to be letters, digits and _ (setup_request.py)."""

_STORED = """
SELECT prosrc FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
WHERE nspname = :schema AND proname = 'admit' AND prosecdef AND pg_get_userbyid(proowner) = :owner
"""


def keep_admission(inside: Session, reader: ReaderRequest, owner: str) -> Outcome:
    """`reader` connects to this database, of which the role `owner` owns the tables, and is admitted to its columns."""
    schema, role = name(reader.name), name(owner)
    body = _body(reader)
    may_connect = inside.value(
        "SELECT has_database_privilege(:reader, current_database(), 'CONNECT')", reader=reader.name
    )
    stored = inside.value(_STORED, schema=reader.name, owner=owner)
    if may_connect and stored == body:
        inside.rows(f"SELECT {schema}.admit()")
        return Outcome.UNCHANGED
    # As the owner of the tables, so that nothing here belongs to whoever runs the set-up.
    inside.rows(f"SET ROLE {role}")
    inside.rows(f"GRANT CONNECT ON DATABASE {name(reader.database)} TO {schema}")
    inside.rows(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    inside.rows(
        f"CREATE OR REPLACE FUNCTION {schema}.admit() RETURNS void LANGUAGE plpgsql SECURITY DEFINER "
        f"SET search_path = pg_catalog, pg_temp AS $admit${body}$admit$"
    )
    inside.rows(f"REVOKE ALL ON FUNCTION {schema}.admit() FROM PUBLIC")
    inside.rows(f"GRANT EXECUTE ON FUNCTION {schema}.admit() TO {schema}")
    inside.rows(f"GRANT USAGE ON SCHEMA public, {schema} TO {schema}")
    # What an earlier list held and this one does not.
    inside.rows(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {schema}")
    inside.rows(f"SELECT {schema}.admit()")
    inside.rows("RESET ROLE")
    return Outcome.CREATED if stored is None else Outcome.CHANGED


def _body(reader: ReaderRequest) -> str:
    listed = [f"('{table}', '{column}')" for table, columns in reader.columns.items() for column in columns]
    return _BODY.format(listed=", ".join(listed), reader=reader.name)
