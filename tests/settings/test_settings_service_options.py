"""What a service may be told is said alike for AWS and for a Docker host."""

import pytest

from settings.host.services import HostServices
from settings.services import Services


def explained(root: type[Services] | type[HostServices], service: str, option: str) -> dict[str, object]:
    """The schema of an option without its default, which is each target's own."""
    found: dict[str, object] = dict(root.model_json_schema()["$defs"][service]["properties"][option])
    found.pop("default")
    return found


@pytest.mark.parametrize(
    ("service", "option", "limits"),
    [
        ("Api", "processes", (1, 16)),
        ("Api", "connectionsPerProcess", (1, 2000)),
        ("Worker", "concurrency", (1, 200)),
        ("Collaboration", "enabled", (None, None)),
    ],
)
def test_an_option_means_the_same_wherever_dify_runs(
    service: str, option: str, limits: tuple[int | None, int | None]
) -> None:
    on_aws = explained(Services, service, option)
    assert on_aws == explained(HostServices, service, option)
    assert (on_aws.get("minimum"), on_aws.get("maximum")) == limits
    assert str(on_aws["description"]).endswith((".", ")."))
