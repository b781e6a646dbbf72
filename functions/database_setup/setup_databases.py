"""Databases that one role owns with everything in them, closed to everybody else."""

from postgresql import Session, name
from setup_outcome import Outcome

_PUBLIC = 0
"""The grantee of a right that everybody has (PostgreSQL documentation, aclexplode)."""

_OWNED_BY_OWNER = """
SELECT count(*) FROM pg_shdepend AS owned
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND refclassid = 'pg_authid'::regclass AND refobjid = current_user::regrole AND deptype = 'o'
  AND classid <> 'pg_extension'::regclass
  AND NOT EXISTS (
    SELECT FROM pg_depend AS part
    WHERE part.classid = owned.classid AND part.objid = owned.objid AND part.deptype = 'e')
"""
"""Extensions and their parts stay with whoever made them: they are the server's programs, not the role's data."""


def keep_database(owner: Session, database: str, role: str) -> Outcome:
    """`database` belongs to `role`, and nobody connects to it who is not of that role."""
    outcome = Outcome.UNCHANGED
    belongs_to = owner.value("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = :it", it=database)
    if belongs_to is None:
        owner.rows(f"CREATE DATABASE {name(database)} OWNER {name(role)}")
        outcome = Outcome.CREATED
    elif belongs_to != role:
        owner.rows(f"ALTER DATABASE {name(database)} OWNER TO {name(role)}")
        outcome = Outcome.CHANGED
    is_open = owner.value(
        "SELECT EXISTS (SELECT FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE grantee = :everybody) "
        "FROM pg_database WHERE datname = :it",
        it=database,
        everybody=_PUBLIC,
    )
    if is_open:
        owner.rows(f"REVOKE ALL ON DATABASE {name(database)} FROM PUBLIC")
        outcome = Outcome.CREATED if belongs_to is None else Outcome.CHANGED
    return outcome


def keep_contents(inside: Session, role: str) -> Outcome:
    """What the owner has in this database belongs to `role`, and in the public schema nobody else creates."""
    handed_over = _hand_over(inside, role)
    belongs_to = inside.value("SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'public'")
    taken = belongs_to not in (role, "pg_database_owner")
    if taken:
        inside.rows(f"ALTER SCHEMA public OWNER TO {name(role)}")
    is_open = inside.value(
        "SELECT EXISTS (SELECT FROM aclexplode(nspacl) WHERE grantee = :everybody AND privilege_type = 'CREATE') "
        "FROM pg_namespace WHERE nspname = 'public'",
        everybody=_PUBLIC,
    )
    if is_open:
        inside.rows("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    return Outcome.CHANGED if handed_over or taken or is_open else Outcome.UNCHANGED


def keep_extension(inside: Session, extension: str) -> Outcome:
    """`extension` is installed in this database."""
    if inside.value("SELECT true FROM pg_extension WHERE extname = :it", it=extension):
        return Outcome.UNCHANGED
    inside.rows(f"CREATE EXTENSION {name(extension)}")
    return Outcome.CREATED


def _hand_over(inside: Session, role: str) -> bool:
    """Give `role` all that the owner has in this database; whether there was anything.

    REASSIGN OWNED takes the owner's other databases too. They are given back before anybody sees it.
    """
    if not inside.value(_OWNED_BY_OWNER):
        return False
    elsewhere = inside.rows(
        "SELECT datname FROM pg_database WHERE datdba = current_user::regrole AND datname <> current_database()"
    )
    schemas = inside.rows("SELECT nspname FROM pg_namespace WHERE nspowner = current_user::regrole")
    inside.rows("BEGIN")
    for (schema,) in schemas:
        # First, because a thing in a schema can only go to somebody who may create there.
        inside.rows(f"ALTER SCHEMA {name(schema)} OWNER TO {name(role)}")
    inside.rows(f"REASSIGN OWNED BY CURRENT_USER TO {name(role)}")
    for (database,) in elsewhere:
        inside.rows(f"ALTER DATABASE {name(database)} OWNER TO CURRENT_USER")
    inside.rows("COMMIT")
    return True
