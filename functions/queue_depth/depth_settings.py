"""What is measured and where: the environment variable QUEUE_DEPTH, a JSON object, checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from errors import FunctionError
from shapes import json_object, json_variable, port, secret_arn, text, text_list

VARIABLE = "QUEUE_DEPTH"

_FIELDS = {"stack", "namespace", "secretArn", "host", "port", "database", "keyPrefix", "groups"}
_DATABASES = range(16)
"""ElastiCache's default number of logical databases (ElastiCache User Guide, parameter `databases`)."""


@dataclass(frozen=True, kw_only=True)
class DepthSettings:
    """`groups` are the worker groups and the queues that each takes; `key_prefix` is Dify's REDIS_KEY_PREFIX."""

    stack: str
    namespace: str
    secret_arn: str
    host: str
    port: int
    database: int
    key_prefix: str
    groups: Mapping[str, tuple[str, ...]]

    @property
    def queues(self) -> tuple[str, ...]:
        """Every queue once, in the order of the groups."""
        return tuple(dict.fromkeys(queue for queues in self.groups.values() for queue in queues))


def parse_settings(stored: str | None) -> DepthSettings:
    """The settings in `stored`. Raises FunctionError at the first mistake."""
    fields = json_variable(VARIABLE, stored, required=_FIELDS)
    return DepthSettings(
        stack=text(fields["stack"], f"{VARIABLE}.stack"),
        namespace=text(fields["namespace"], f"{VARIABLE}.namespace"),
        secret_arn=secret_arn(fields["secretArn"], f"{VARIABLE}.secretArn"),
        host=text(fields["host"], f"{VARIABLE}.host"),
        port=port(fields["port"], f"{VARIABLE}.port"),
        database=_database(fields["database"]),
        key_prefix=_key_prefix(fields["keyPrefix"]),
        groups=_groups(fields["groups"]),
    )


def _database(raw: object) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or raw not in _DATABASES:
        raise FunctionError(f"{VARIABLE}.database: must be a whole number from 0 to {_DATABASES.stop - 1}")
    return raw


def _key_prefix(raw: object) -> str:
    if not isinstance(raw, str):
        raise FunctionError(f"{VARIABLE}.keyPrefix: must be text, empty for no prefix")
    return raw


def _groups(raw: object) -> dict[str, tuple[str, ...]]:
    where = f"{VARIABLE}.groups"
    groups = {name: text_list(queues, f"{where}.{name}") for name, queues in json_object(raw, where).items()}
    if not groups or not all(groups.values()):
        raise FunctionError(f"{where}: must hold at least one worker group, and each at least one queue")
    return groups
