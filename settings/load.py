"""Reads the configuration: from Pulumi in the program, from plain values everywhere else."""

from collections.abc import Collection, Mapping
from typing import cast

from settings.checked import NAMESPACE, Document, checked, choice, document_of
from settings.consistency import conflicts
from settings.environment import Environment, Lifecycle, Target
from settings.facts import Facts
from settings.host.load import parse_host
from settings.host.stack import HostSettings
from settings.mistake import ConfigurationError
from settings.regions import REGIONS
from settings.stack import Settings
from settings.windows import Window


def parse_any(values: Mapping[str, str], stack: str, *, secret_keys: Collection[str] = ()) -> Settings | HostSettings:
    """The settings of `stack`, of the target that it names; see `parse`."""
    target = values.get(f"{NAMESPACE}target", values.get("target"))
    return (parse_host if target == Target.DOCKER else parse)(values, stack, secret_keys=secret_keys)


def parse(values: Mapping[str, str], stack: str, *, secret_keys: Collection[str] = ()) -> Settings:
    """The settings of `stack` on AWS from Pulumi's view of its configuration: scalars as text, sections as JSON text.

    Keys may carry the namespace `dify:`; keys of other namespaces are not ours and are passed over. `secret_keys` are
    the keys that Pulumi holds encrypted. Raises ConfigurationError with one line per mistake.
    """
    document = document_of(values, Settings)
    facts = _facts(document, stack)
    return checked(Settings, document, facts, conflicts, secret_keys=secret_keys, generated="inside AWS")


def load() -> Settings | HostSettings:
    """The settings of the running Pulumi program.

    Where they are refused it raises pulumi.RunError with one line per mistake: Pulumi prints it without a traceback and
    ends the program with exit code 1 before any resource is registered.
    """
    # Importing Pulumi takes longer than all checks together, and checking a stack file does not need it.
    import pulumi  # noqa: PLC0415
    from pulumi.runtime import config  # noqa: PLC0415

    values = cast("dict[str, str]", {**config.get_config_env(), **config.CONFIG.get()})
    encrypted = {*config.get_config_secret_keys_env(), *(key for key in values if config.is_config_secret(key))}
    try:
        return parse_any(values, pulumi.get_stack(), secret_keys=sorted(encrypted))
    except ConfigurationError as error:
        raise pulumi.RunError(str(error)) from None


def _facts(document: Document, stack: str) -> Facts:
    region = document.get("region")
    database = document.get("database")
    window: object = Settings.model_fields["database"].get_default(call_default_factory=True).maintenance_window
    if isinstance(database, Mapping):
        window = cast("Mapping[str, object]", database).get("maintenanceWindow", window)
    network = document.get("network")
    internet = cast("Mapping[str, object]", network).get("internet", True) if isinstance(network, Mapping) else True
    return Facts(
        stack=stack,
        environment=choice(Environment, document.get("environment")) or choice(Environment, stack.partition("-")[0]),
        lifecycle=choice(Lifecycle, document.get("lifecycle", Lifecycle.RETAIN)),
        region=region if isinstance(region, str) and region in REGIONS else None,
        internet=internet is not False,
        database_maintenance=Window.weekly(window) if isinstance(window, str) else None,
    )
