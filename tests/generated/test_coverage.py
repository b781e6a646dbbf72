"""The page of coverage is that of the program as it is, and cannot be made where a service or a path is forgotten."""

from functools import cache

import pytest

from dify import releases, routes
from dify import services as dify_services
from dify.releases import Release
from dify.services import API, Service
from tests.generated import route_table
from tests.generated.coverage import COMPOSE, FILE, LACKS, STACKS, ours, page
from tests.recorder import Graph
from tests.recordings import recorded


@cache
def _graphs() -> dict[str, Graph]:
    return {stack: recorded(stack) for stack in STACKS}


def test_the_page_is_that_of_the_program() -> None:
    assert FILE.read_text(encoding="utf-8") == page(_graphs()), "run: python -m tests.generated.coverage"


def test_every_service_of_difys_compose_file_is_one_of_ours() -> None:
    migrated = {service.name for service in ours()} - {service.name for service in COMPOSE.values()}
    assert migrated == {"migration"}
    assert len(COMPOSE) == 11


def test_a_service_that_no_stack_runs_and_nobody_gave_up_is_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dify_services, "LATEST", Service(name="latest", image="api"), raising=False)
    with pytest.raises(ValueError, match="prod does not run latest: run it, or say why not"):
        page(_graphs())


def test_an_image_of_the_newest_release_that_nothing_runs_is_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    images = {**next(iter(releases.RELEASES.values())).images, "knowledge-fs": "docker.io/langgenius/dify-knowledge-fs"}
    monkeypatch.setattr(Release, "images", images)
    with pytest.raises(ValueError, match="no service runs the images knowledge-fs of the newest release"):
        page(_graphs())


def test_a_path_that_a_stack_does_not_route_is_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route_table, "PREFIXES", {**routes.PREFIXES, "/knowledge": API.name})
    with pytest.raises(ValueError, match="prod sends /knowledge to web, and api is what answers it"):
        page(_graphs())


@pytest.mark.parametrize("stack", STACKS)
def test_a_reason_is_given_only_for_what_does_not_run(stack: str) -> None:
    section = page(_graphs()).partition(f"## {stack}\n")[2].partition("\n## ")[0]
    rows = dict(line.strip("| ").split(" | ", 1) for line in section.splitlines()[3:] if line.startswith("| "))
    assert {name for name, rest in rows.items() if rest.startswith("- ")} == {*LACKS[stack]}


def test_how_many_tasks_there_are_follows_the_graph() -> None:
    graph = recorded("prod")
    (target,) = [one for one in graph.of("appautoscaling/target:Target") if one.name == "api-scaling"]
    most = target.inputs["maxCapacity"]
    target.inputs["maxCapacity"] = 77.0
    try:
        assert "| api | 3 to 77 tasks |" in page({**_graphs(), "prod": graph})
    finally:
        target.inputs["maxCapacity"] = most
