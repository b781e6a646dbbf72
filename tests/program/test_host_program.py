"""What holds for the whole program of the stack whose target is one Docker host."""

import pytest

from tests.program.test_program import HOST
from tests.recordings import recorded

each_mode = pytest.mark.parametrize("preview", [False, True])


@each_mode
def test_no_two_resources_share_a_urn(preview: bool) -> None:
    urns = [resource.urn for resource in recorded("host", preview=preview).resources]
    assert len(urns) > 60
    assert len(set(urns)) == len(urns)


@each_mode
def test_every_resource_of_docker_sits_under_a_component_and_uses_the_hosts_provider(preview: bool) -> None:
    graph = recorded("host", preview=preview)
    components = {resource.urn for resource in graph.resources if resource.type.startswith("dify:")}
    of_docker = [resource for resource in graph.resources if resource.type.startswith("docker:")]
    provider = graph.one("pulumi:providers:docker")
    assert provider.inputs["host"] == "unix:///var/run/docker.sock"
    assert not [resource.name for resource in of_docker if resource.parent not in components]
    assert {resource.provider.rsplit("::", 1)[0] for resource in of_docker} == {provider.urn}


def test_a_host_needs_nothing_of_aws() -> None:
    assert not [resource.name for resource in recorded("host").resources if "aws" in resource.type]


def test_every_pinned_type_is_used_by_the_program() -> None:
    used = {resource.type for resource in recorded("host").resources if resource.type.startswith("dify:")}
    assert used == set(HOST.values())


def test_every_component_registers_its_outputs() -> None:
    graph = recorded("host")
    components = {resource.urn for resource in graph.resources if resource.type.startswith("dify:")}
    assert components <= set(graph.component_outputs)


def test_no_two_resources_of_a_kind_share_a_name_on_the_host() -> None:
    made = [(one.type, one.inputs["name"]) for one in recorded("host").resources if one.type.startswith("docker:")]
    assert len(set(made)) == len(made)
    names = [name for kind, name in made if not kind.endswith("RemoteImage")]
    assert all(name.startswith("dify-host-") for name in names)
