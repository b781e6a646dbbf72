"""Services that read a secret when their tasks start: new tasks, new values."""

from collections.abc import Sequence
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from errors import FunctionError, refusal


class Ecs(Protocol):
    """The part of the ECS client that is used here."""

    def update_service(self, **parameters: Any) -> dict[str, Any]: ...


def redeploy(client: Ecs, cluster: str, services: Sequence[str], arn: str) -> tuple[str, ...]:
    """Begin a deployment of every service at once, without waiting for any; their names.

    One that is refused does not hold up the others. Raises FunctionError that names every refused one.
    """
    failures: list[str] = []
    for service in services:
        try:
            client.update_service(cluster=cluster, service=service, forceNewDeployment=True)
        except (ClientError, BotoCoreError) as error:
            failures.append(str(refusal(f"service {service}", "UpdateService", error)))
    if failures:
        raise FunctionError(
            f"secret {arn}: its new version is current, but {'; '.join(failures)}; "
            f'call this function with {{"redeploy": "{arn}"}} before the next rotation'
        )
    return tuple(services)
