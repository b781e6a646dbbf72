"""Two users of PostgreSQL that take turns: whoever logged in before a rotation stays logged in and may come again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from errors import FunctionError
from generation import generate
from postgresql import MAINTENANCE, can_log_in, login_of, session, set_password
from rotation_kind import PASSWORD
from rotation_plan import DatabaseSecret
from stored_secret import SecretsManager, Version, current_version, put_version


@dataclass(frozen=True)
class DatabaseRotation:
    """The rotation of one login. Passwords reach PostgreSQL as verifiers only (see scram.py)."""

    secret: DatabaseSecret
    secrets_manager: SecretsManager

    def next_fields(self, current: Version) -> Mapping[str, Any]:
        """The other user, with a new password."""
        return {**current.fields, "username": self._other_user(current), "password": generate(PASSWORD)}

    def make_valid(self, current: Version, pending: Version) -> None:
        """Set by the owner of the database, unless it is set already; then shown to RDS Proxy, if there is one."""
        login = login_of(pending)
        if login.username != self._other_user(current):
            raise FunctionError(
                f"secret {pending.arn}: the pending version is for {login.username}, whose login is in use; cancel "
                "this rotation and begin another"
            )
        if not can_log_in(self.secret.server, login, self.secret.database):
            owner = login_of(current_version(self.secrets_manager, self.secret.owner_secret_arn))
            with session(self.secret.server, owner, MAINTENANCE) as maintenance:
                set_password(maintenance, login)
        mirror = self.secret.mirrors.get(login.username)
        if mirror:
            fields = {"username": login.username, "password": login.password}
            put_version(self.secrets_manager, mirror, fields, pending.identity)

    def try_out(self, pending: Version) -> None:
        """Read what an application may read."""
        with session(self.secret.server, login_of(pending), self.secret.database) as application:
            application.rows("SELECT count(*) FROM information_schema.tables")

    def _other_user(self, current: Version) -> str:
        username, (first, second) = current.text("username"), self.secret.users
        if username not in self.secret.users:
            raise FunctionError(f"secret {current.arn}: username must be {first} or {second}")
        return second if username == first else first
