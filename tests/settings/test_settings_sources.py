"""The facts the rules rely on agree with where they come from."""

import re
from functools import reduce
from operator import getitem
from typing import Any

import botocore.session
import pytest
from botocore.loaders import Loader

from dify.capacity import instance_memory_gib
from settings.instance_types import CACHE, DATABASE
from settings.logs import RETENTION_DAYS
from settings.network import PACKAGE_REGIONS
from settings.regions import REGIONS
from settings.task_size import FARGATE_MEMORY


def _documentation(service: str, *path: str) -> str:
    """AWS's text on one shape of an API, as botocore carries it, without markup."""
    loader: Any = Loader(include_default_search_paths=True)
    node = reduce(getitem, path, loader.load_service_model(service, "service-2")["shapes"])
    return " ".join(re.sub("<[^>]+>", " ", str(node["documentation"])).split())


def test_the_regions_are_those_that_botocore_knows_for_ecs() -> None:
    sessions: Any = botocore.session
    assert set(REGIONS) == set(sessions.get_session().get_available_regions("ecs"))


def test_the_regions_with_packages_are_those_that_botocore_knows_for_codeartifact() -> None:
    sessions: Any = botocore.session
    assert set(PACKAGE_REGIONS) == set(sessions.get_session().get_available_regions("codeartifact"))


def test_the_log_retentions_are_those_of_the_service() -> None:
    text = _documentation("logs", "Days")
    assert set(RETENTION_DAYS) == {int(number) for number in re.findall(r"\b\d+\b", text)}


def test_the_memory_of_each_cpu_is_that_of_the_service() -> None:
    text = _documentation("ecs", "RegisterTaskDefinitionRequest", "members", "memory")
    text = text[text.index("512 (0.5 GB)") :]
    offered: dict[int, tuple[int, ...]] = {}
    for sizes, cpu in re.findall(r"(.*?) - Available cpu values: (\d+) \([.\d]+ vCPU\)", text):
        span = re.search(r"Between .*?(\d+) ?GB\)? and .*?(\d+) ?GB\)? in .*?(\d+) ?GB", sizes)
        if span:
            least, most, step = (int(number) * 1024 for number in span.groups())
            offered[int(cpu)] = tuple(range(least, most + 1, step))
        else:
            offered[int(cpu)] = tuple(int(number) for number in re.findall(r"(\d+) \(", sizes))
    assert offered == FARGATE_MEMORY


def test_the_node_types_are_those_of_the_service() -> None:
    text = _documentation("elasticache", "CreateReplicationGroupMessage", "members", "CacheNodeType")
    documented: dict[str, set[str]] = {}
    for family, size in re.findall(r"cache\.([a-z0-9]+)\.([a-z0-9]+)", text):
        documented.setdefault(family, set()).add(size)
    shared = CACHE.keys() & documented.keys()
    assert shared >= {"m7g", "m6g", "m5", "r7g", "r6g", "r5", "t4g", "t3"}
    assert {family: set(CACHE[family]) for family in shared} == {family: documented[family] for family in shared}


@pytest.mark.parametrize("family", DATABASE)
def test_the_connection_budget_knows_the_memory_of_every_instance_class(family: str) -> None:
    memory = [instance_memory_gib(f"db.{family}.{size}") for size in DATABASE[family]]
    assert memory == sorted(memory)
    assert memory[0] >= 1


def test_every_family_starts_with_its_smallest_size_and_has_no_size_twice() -> None:
    for sizes in (*DATABASE.values(), *CACHE.values()):
        assert len(set(sizes)) == len(sizes)
        assert sizes[0] in {"micro", "large"}
