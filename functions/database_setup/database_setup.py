"""Entry point: databases, the roles that own them, and their logins. Repeatable with no effect; answers names only."""

import logging
import uuid
from collections.abc import Iterator, Sequence

from clients import secrets_manager
from errors import FunctionError
from postgresql import MAINTENANCE, Login, Server, Session, can_log_in, login_of, session, set_password
from setup_databases import keep_contents, keep_database, keep_extension
from setup_outcome import Outcome
from setup_readers import keep_admission
from setup_request import ReaderRequest, RoleRequest, parse
from setup_roles import keep_login, keep_role
from stored_secret import SecretsManager, current_version, put_version

__all__ = ["FunctionError", "handler"]

_LOG = logging.getLogger("database_setup")
_LOG.setLevel(logging.INFO)


def handler(event: object, _context: object) -> dict[str, list[str]]:
    """Fulfil `event` (see setup_request.py): the names of what was created, changed and left unchanged.

    Every secret is read and the owner is logged in before anything is changed. A failure after that leaves what was
    done; the next call continues from there. Raises FunctionError.
    """
    request = parse(event)
    client = secrets_manager()
    owner = login_of(current_version(client, request.owner_secret_arn))
    everybody = (*request.roles, *request.readers)
    logins = {role.name: _login(role, login_of(current_version(client, role.secret_arn))) for role in everybody}
    _refuse_owner(owner, everybody)
    answer: dict[str, list[str]] = {outcome.value: [] for outcome in Outcome}
    with session(request.server, owner, MAINTENANCE) as everywhere:
        for role in request.roles:
            in_use = logins[role.name]
            for thing, outcome in _keep(everywhere, request.server, owner, role, in_use):
                answer[outcome.value].append(thing)
            if role.mirrors:
                shown = _keep_mirror(client, role.mirrors[in_use.username], in_use)
                answer[shown.value].append(f"mirror of {in_use.username}")
        for reader in request.readers:
            in_use = logins[reader.name]
            for thing, outcome in _keep_reader(everywhere, reader):
                answer[outcome.value].append(thing)
            with session(request.server, owner, reader.database) as inside:
                admitted = keep_admission(inside, reader, request.owner_of(reader.database))
            answer[admitted.value].append(f"admission of {reader.name} to {reader.database}")
            accepted = _keep_password(everywhere, request.server, in_use, reader.database)
            answer[accepted.value].append(f"password of {in_use.username}")
    _LOG.info("created: %s; changed: %s", ", ".join(answer["created"]) or "-", ", ".join(answer["changed"]) or "-")
    return answer


def _login(role: RoleRequest | ReaderRequest, stored: Login) -> Login:
    if stored.username not in role.logins:
        raise FunctionError(f"secret {role.secret_arn}: username must be {' or '.join(role.logins)}")
    return stored


def _refuse_owner(owner: Login, roles: Sequence[RoleRequest | ReaderRequest]) -> None:
    """The owner's login must never be taken for a role that cannot log in."""
    if any(owner.username in (role.name, *role.logins) for role in roles):
        raise FunctionError(f"event.roles: {owner.username} is the owner's own login; give the role another name")


def _keep(
    everywhere: Session, server: Server, owner: Login, role: RoleRequest, in_use: Login
) -> Iterator[tuple[str, Outcome]]:
    yield f"role {role.name}", keep_role(everywhere, role.name)
    for login in role.logins:
        yield f"login {login}", keep_login(everywhere, login, role.name)
    for database in role.databases:
        yield f"database {database}", keep_database(everywhere, database, role.name)
        with session(server, owner, database) as inside:
            yield f"contents of {database}", keep_contents(inside, role.name)
            for extension in role.extensions.get(database, ()):
                yield f"extension {extension} in {database}", keep_extension(inside, extension)
    yield f"password of {in_use.username}", _keep_password(everywhere, server, in_use, role.databases[0])


def _keep_reader(everywhere: Session, reader: ReaderRequest) -> Iterator[tuple[str, Outcome]]:
    yield f"role {reader.name}", keep_role(everywhere, reader.name)
    settings = {"default_transaction_read_only": "on", "statement_timeout": f"{reader.statement_seconds}s"}
    for login in reader.logins:
        kept = keep_login(everywhere, login, reader.name, connections=reader.connections, settings=settings)
        yield f"login {login}", kept


def _keep_password(everywhere: Session, server: Server, login: Login, database: str) -> Outcome:
    """Set only where it is not accepted today: the stored password of a rotation under way must stay."""
    if can_log_in(server, login, database):
        return Outcome.UNCHANGED
    set_password(everywhere, login)
    if not can_log_in(server, login, database):
        raise FunctionError(f"database {database} on {server}: {login.username} cannot log in with its new password")
    return Outcome.CHANGED


def _keep_mirror(client: SecretsManager, arn: str, login: Login) -> Outcome:
    """What RDS Proxy signs in with is what the services sign in to it with. A rotation keeps the other login's."""
    stored, fields = current_version(client, arn), {"username": login.username, "password": login.password}
    if {name: stored.fields.get(name) for name in fields} == fields:
        return Outcome.UNCHANGED
    put_version(client, arn, {**stored.fields, **fields}, str(uuid.uuid4()))
    return Outcome.CHANGED
