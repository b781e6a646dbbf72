"""Reads the stack file of a Docker host."""

from collections.abc import Collection, Mapping

from settings.checked import checked, choice, document_of
from settings.environment import Environment, Lifecycle
from settings.facts import Facts
from settings.host.consistency import conflicts
from settings.host.stack import HostSettings
from settings.stack import Settings

_AWS_ONLY = {field.alias or name for name, field in Settings.model_fields.items()} - {
    field.alias or name for name, field in HostSettings.model_fields.items()
}


def parse_host(values: Mapping[str, str], stack: str, *, secret_keys: Collection[str] = ()) -> HostSettings:
    """The settings of `stack` on a Docker host, from Pulumi's view of its configuration as `settings.parse` takes it.

    Raises ConfigurationError with one line per mistake.
    """
    document = document_of(values, HostSettings)
    # Pulumi.yaml gives every stack an empty section for each that a stack on AWS may leave out.
    document = {key: value for key, value in document.items() if key not in _AWS_ONLY or value != {}}
    facts = Facts(
        stack=stack,
        environment=choice(Environment, document.get("environment", Environment.PROD)),
        lifecycle=choice(Lifecycle, document.get("lifecycle", Lifecycle.RETAIN)),
        any_client=True,
    )
    return checked(HostSettings, document, facts, conflicts, secret_keys=secret_keys, generated="on the host")
