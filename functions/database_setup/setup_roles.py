"""The role that owns, and the two users that take turns as its login.

Whatever a user makes belongs to the role, because each session of it becomes the role at its start: after a rotation
the other user finds everything as its own.
"""

from collections.abc import Mapping

from postgresql import Session, name
from setup_outcome import Outcome

_GRANTS_SAY_SET = 160_000
"""From PostgreSQL 16 a member may become its role only where the grant says so (release notes, role attributes)."""

_UNLIMITED = -1


def keep_role(owner: Session, role: str) -> Outcome:
    """A role that cannot log in, of which the owner is a member: else it could give nothing into its hands."""
    exists = _exists(owner, role)
    is_changed = False
    if not exists:
        owner.rows(f"CREATE ROLE {name(role)} NOLOGIN")
    elif owner.value("SELECT rolcanlogin FROM pg_roles WHERE rolname = :role", role=role):
        owner.rows(f"ALTER ROLE {name(role)} NOLOGIN")
        is_changed = True
    is_changed |= _limit(owner, role)
    if not _acts_as(owner, role):
        owner.rows(f"GRANT {name(role)} TO CURRENT_USER")
        is_changed = True
    return _outcome(exists=exists, is_changed=is_changed)


def keep_login(
    owner: Session, login: str, role: str, *, connections: int = _UNLIMITED, settings: Mapping[str, str] | None = None
) -> Outcome:
    """A user of `role`, with at most `connections` at once. A new one cannot log in before it gets a password. Its
    sessions begin with `settings`; values are words and numbers."""
    exists = _exists(owner, login)
    if not exists:
        owner.rows(f"CREATE ROLE {name(login)} NOLOGIN")
    is_changed = _limit(owner, login, connections)
    if not owner.value("SELECT pg_has_role(:login, :role, 'USAGE')", login=login, role=role):
        owner.rows(f"GRANT {name(role)} TO {name(login)}")
        is_changed = True
    begins = "SELECT coalesce(:setting = ANY (rolconfig), false) FROM pg_roles WHERE rolname = :login"
    for setting, value in {"role": role, **(settings or {})}.items():
        if not owner.value(begins, setting=f"{setting}={value}", login=login):
            owner.rows(f"ALTER ROLE {name(login)} SET {name(setting)} TO {name(value)}")
            is_changed = True
    return _outcome(exists=exists, is_changed=is_changed)


def _exists(owner: Session, role: str) -> bool:
    return bool(owner.value("SELECT true FROM pg_roles WHERE rolname = :role", role=role))


def _limit(owner: Session, role: str, connections: int = _UNLIMITED) -> bool:
    """Take away what neither a role nor its users need, and keep the limit of connections; whether it had to be done.

    One that nobody made superuser stays without that: only a superuser could say so in a statement.
    """
    differs = "SELECT rolcreatedb OR rolcreaterole OR rolconnlimit <> :limit FROM pg_roles WHERE rolname = :role"
    if not owner.value(differs, role=role, limit=connections):
        return False
    owner.rows(f"ALTER ROLE {name(role)} NOCREATEDB NOCREATEROLE CONNECTION LIMIT {connections}")
    return True


def _outcome(*, exists: bool, is_changed: bool) -> Outcome:
    if not exists:
        return Outcome.CREATED
    return Outcome.CHANGED if is_changed else Outcome.UNCHANGED


def _acts_as(owner: Session, role: str) -> bool:
    """Whether the owner has the rights of `role` and may become it."""
    needs = ["USAGE"]
    if owner.value("SELECT current_setting('server_version_num')::int") >= _GRANTS_SAY_SET:
        needs.append("SET")
    return all(owner.value(f"SELECT pg_has_role(:role, '{need}')", role=role) for need in needs)
