"""The pictures of docs/generated are those of the program as it is, and fit to be looked at."""

import re
from collections.abc import Sequence
from functools import cache

import pytest

from dify.flows import FLOWS, GROUPS, flows
from dify.plan import named
from dify.services import LOCAL_SANDBOX, MIGRATION, SANDBOX
from settings import HostSettings
from settings.host.plan import deployments as host_deployments
from settings.stack_file import parse_any_file
from tests.components.component_graphs import settings
from tests.components.host_graphs import containers as containers_of
from tests.components.host_graphs import labels
from tests.generated.architecture import STACKS, file, page, pictures
from tests.generated.host_pictures import connections, networks_of
from tests.generated.mermaid import Arrow, Box, Node, Picture
from tests.generated.stack_graph import StackGraph
from tests.recorder import ROOT
from tests.recordings import recorded

_MOST_NODES = 45
"""What a person can take in: the picture with the alarms, which shares boxes, has most."""


@cache
def _pictures(stack: str) -> Sequence[Picture]:
    return pictures(stack, recorded(stack))


def _prod() -> StackGraph:
    return StackGraph(recorded("prod"), settings("prod"))


@pytest.mark.parametrize("stack", STACKS)
def test_the_page_is_that_of_the_program(stack: str) -> None:
    kept = file(stack).read_text(encoding="utf-8")
    assert kept == page(stack, recorded(stack)), "run: python -m tests.generated.architecture"


@pytest.mark.parametrize("stack", STACKS)
def test_a_picture_has_no_more_than_a_person_can_take_in_and_nothing_twice(stack: str) -> None:
    for picture in _pictures(stack):
        assert 10 <= len(picture.names) <= _MOST_NODES, picture.title
        assert len(set(picture.names)) == len(picture.names), picture.title


def test_every_service_of_the_plan_is_in_the_picture_of_traffic() -> None:
    planned = {*_prod().deployments, MIGRATION.name}
    assert planned <= set(_pictures("prod")[0].names)


def test_every_kind_of_container_is_in_the_picture_of_a_host() -> None:
    kinds = {labels(one).get("dify.kind", part) for part, one in containers_of(recorded("host")).items()}
    assert kinds <= set(_pictures("host")[0].names)


def test_what_the_security_groups_allow_is_what_dify_needs() -> None:
    seen = _prod()
    groups = [one.name.removeprefix("firewall-") for one in seen.graph.of("ec2/securityGroup:SecurityGroup")]
    parts = {part: part for part in groups if part in GROUPS}
    needed = {(flow.source, flow.target) for flow in flows(parts)}
    assert {ends for ends in seen.connections if ends[1] != "endpoints"} == needed


def test_containers_that_connect_share_a_network() -> None:
    graph = recorded("host")
    by_kind = {labels(one).get("dify.kind", part): one for part, one in containers_of(graph).items()}
    found = connections(graph)
    assert len(found) > 20
    for source, target in found:
        assert {*networks_of(by_kind[source])} & {*networks_of(by_kind[target])}, (source, target)


def test_the_readmes_picture_has_every_service_store_and_function_of_production() -> None:
    (picture,) = re.findall(r"```mermaid\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    labels_there = " ".join(re.findall(r"\[([^\]]+)\]", picture)).replace("_", "-")
    written = set(re.findall(r"[a-z][a-z-]+", labels_there))
    functions = {one.name.removesuffix("-function") for one in recorded("prod").of("lambda/function:Function")}
    # The keeper of secrets is called as its folder is.
    named_there = {"secret-keeper" if one == "secrets-keeper" else one for one in functions}
    assert {*_prod().deployments, MIGRATION.name} | named_there <= written


def test_the_readmes_picture_draws_no_connection_that_is_closed() -> None:
    """An arrow between two services; those to stores, functions and AWS stand for many."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (picture,) = re.findall(r"```mermaid\n(.*?)```", text, re.DOTALL)
    called = {"alb": "load-balancer", "socket": "api-websocket", "plugin": "plugin-daemon", "ssrf": "ssrf-proxy"}
    drawn = [
        (called.get(source, source), called.get(target, target))
        for sources, targets in re.findall(r"^ *([\w& ]+?) --> ([\w& ]+)$", picture, re.MULTILINE)
        for source in sources.split(" & ")
        for target in targets.split(" & ")
    ]
    services = {"load-balancer", *_prod().deployments}
    open_ends = {(flow.source, flow.target) for flow in FLOWS}
    between = [ends for ends in drawn if {*ends} <= services]
    assert len(between) > 10
    assert [ends for ends in between if ends not in open_ends] == []


def test_the_hosts_readme_picture_has_every_service_of_the_plan() -> None:
    host = parse_any_file(ROOT / "Pulumi.host.yaml", "host")
    assert isinstance(host, HostSettings)
    text = (ROOT / "docs" / "host.md").read_text(encoding="utf-8")
    (picture,) = re.findall(r"```mermaid\n(.*?)```", text, re.DOTALL)
    assert [one.name for one in host_deployments(host) if one.name not in picture] == []
    assert not named(host_deployments(host), LOCAL_SANDBOX.kind)


def test_the_data_subnets_hold_the_sandbox_and_nothing_that_leaves() -> None:
    seen = _prod()
    assert [one for one in seen.deployments if seen.tier(f"{one}-service") == "data"] == [SANDBOX.name]
    assert SANDBOX.name not in seen.leaving


def test_nodes_with_the_same_arrows_share_a_box_only_where_asked() -> None:
    nodes = [Node(name="a", lines=["1"]), Node(name="b", lines=["2"])]
    arrows = [Arrow("a", "c"), Arrow("b", "c")]

    def drawn(*, together: bool) -> str:
        box = Box(title="both", nodes=nodes, together=together)
        return Picture(title="t", words="w", boxes=[box], nodes=[Node(name="c")], arrows=arrows).text()

    assert 'n_a["a: 1<br/>b: 2"]' in drawn(together=True)
    assert "n_a --> n_c" in drawn(together=True)
    assert 'n_a["a<br/>1"]' in drawn(together=False)
    assert "n_a & n_b --> n_c" in drawn(together=False)


def test_an_arrow_to_what_is_not_drawn_is_left_out() -> None:
    picture = Picture(title="t", words="w", nodes=[Node(name="end")], arrows=[Arrow("end", "nowhere", dashed=True)])
    assert "nowhere" not in picture.text()
    assert 'n_end["end"]' in picture.text()
