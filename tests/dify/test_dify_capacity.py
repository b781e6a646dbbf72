"""What a plan may need at its largest, against what there is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify.capacity import (
    PROXY_PERCENT,
    RESERVED_CONNECTIONS,
    ROLLING_FACTOR,
    RUN_QUEUE,
    admitted_clients,
    admitted_connections,
    client_budget,
    clients_per_task,
    connection_budget,
    connections_per_task,
    instance_memory_gib,
    most_at_once,
    request_budget,
    run_budget,
    tasks_left,
    vcpu_budget,
)
from dify.plan import Deployment, Tuning
from dify.queues import ALL_QUEUES
from dify.services import (
    API,
    API_WEBSOCKET,
    BEAT,
    MIGRATION,
    PLUGIN_DAEMON,
    SANDBOX,
    SSRF_PROXY,
    WEB,
    WORKER,
    Service,
    worker_of,
)
from settings.instance_types import CACHE, DATABASE

_CLASSES = [f"db.{family}.{size}" for family, sizes in DATABASE.items() for size in sizes]
_ORDER = ("micro", "small", "medium", "large", "xlarge")
_counts = st.integers(1, 50)
_tunings = st.builds(
    Tuning, processes=_counts, connections=_counts, slots=_counts, pool_size=_counts, max_overflow=_counts
)


def _runs(service: Service, tasks: int = 1, least: int = 1, cpu: int = 1024, **tuning: int) -> Deployment:
    return Deployment(service=service, cpu=cpu, memory=4096, min_tasks=least, max_tasks=tasks, tuning=Tuning(**tuning))


_deployments = st.builds(
    Deployment,
    service=st.sampled_from((API, API_WEBSOCKET, WORKER, BEAT, PLUGIN_DAEMON)),
    cpu=st.sampled_from((256, 1024, 4096)),
    memory=st.just(8192),
    max_tasks=_counts,
    tuning=_tunings,
)


def _rank(size: str) -> int:
    return _ORDER.index(size) if size in _ORDER else len(_ORDER) + int(size.removesuffix("xlarge"))


def _needed(*deployments: Deployment, pooled: bool = False, pgvector: bool = False) -> float:
    return connection_budget(deployments, instance_class="db.m7g.large", pooled=pooled, pgvector=pgvector).needed


@pytest.mark.parametrize(
    ("instance_class", "gib"),
    [
        ("db.t4g.micro", 1),
        ("db.t4g.small", 2),
        ("db.t4g.medium", 4),
        ("db.t3.large", 8),
        ("db.m7g.large", 8),
        ("db.m7g.xlarge", 16),
        ("db.m7g.2xlarge", 32),
        ("db.m6i.32xlarge", 512),
        ("db.r7g.large", 16),
        ("db.r7g.xlarge", 32),
        ("db.r6i.16xlarge", 512),
    ],
)
def test_the_memory_of_a_class_is_what_aws_publishes(instance_class: str, gib: int) -> None:
    assert instance_memory_gib(instance_class) == gib


@pytest.mark.parametrize("instance_class", _CLASSES)
def test_every_class_that_settings_take_admits_connections(instance_class: str) -> None:
    assert 100 <= admitted_connections(instance_class) <= 5000


@pytest.mark.parametrize("family", DATABASE)
def test_a_larger_class_never_admits_fewer_connections(family: str) -> None:
    admitted = [admitted_connections(f"db.{family}.{size}") for size in sorted(DATABASE[family], key=_rank)]
    assert admitted == sorted(admitted)


def test_the_largest_class_admits_no_more_than_the_services_limit() -> None:
    assert admitted_connections("db.r6i.32xlarge") == 5000


@given(deployment=_deployments, field=st.sampled_from(("pool_size", "max_overflow")), more=_counts)
def test_larger_pools_need_more_connections(deployment: Deployment, field: str, more: int) -> None:
    tuning = replace(deployment.tuning, **{field: getattr(deployment.tuning, field) + more})
    assert _needed(replace(deployment, tuning=tuning)) > _needed(deployment)


@given(st.lists(_deployments, max_size=4), _deployments)
def test_a_further_service_adds_its_pools_as_often_as_it_runs_during_a_deployment(
    others: list[Deployment], deployment: Deployment
) -> None:
    tuning = deployment.tuning
    times = 1 if deployment.service.singleton else 2
    pools = deployment.max_tasks * tuning.processes * (tuning.pool_size + tuning.max_overflow)
    assert _needed(*others, deployment) - _needed(*others) == times * pools


def test_nothing_but_the_reserve_is_needed_without_pools() -> None:
    assert _needed(_runs(WEB, 9), _runs(SANDBOX, 9), _runs(SSRF_PROXY, 9)) == RESERVED_CONNECTIONS
    assert ROLLING_FACTOR == 2


def test_only_processes_that_use_vectors_have_a_margin_for_pgvector() -> None:
    tuning = {"processes": 2, "pool_size": 3, "max_overflow": 4}
    deployments = [_runs(service, **tuning) for service in (API, worker_of("mail"), API_WEBSOCKET, BEAT, MIGRATION)]
    without = [connections_per_task(deployment, pgvector=False) for deployment in deployments]
    margins = [connections_per_task(deployment, pgvector=True) - 14 for deployment in deployments]
    assert (without, margins) == ([14] * 5, [10, 10, 0, 0, 0])


def test_a_singleton_and_the_migration_never_run_twice() -> None:
    assert [most_at_once(_runs(service, 1)) for service in (BEAT, PLUGIN_DAEMON, MIGRATION, API)] == [1, 1, 1, 2]


def test_behind_rds_proxy_a_deployment_does_not_double_the_connections() -> None:
    api = _runs(API, 5, processes=2, pool_size=10, max_overflow=10)
    assert (_needed(api, pooled=True), _needed(api)) == (200, 400 + RESERVED_CONNECTIONS)


@pytest.mark.parametrize("instance_class", _CLASSES)
def test_rds_proxy_leaves_the_reserve(instance_class: str) -> None:
    all_of_them = admitted_connections(instance_class)
    lent = connection_budget((), instance_class=instance_class, pooled=True, pgvector=False).admitted
    assert lent <= all_of_them * PROXY_PERCENT / 100
    assert all_of_them - lent >= RESERVED_CONNECTIONS


@given(st.lists(_deployments, min_size=1, max_size=4), st.sampled_from(_CLASSES), st.booleans())
def test_a_plan_fits_exactly_when_it_needs_no_more_than_is_admitted(
    deployments: list[Deployment], of: str, pooled: bool
) -> None:
    budget = connection_budget(deployments, instance_class=of, pooled=pooled, pgvector=True)
    assert budget.fits is (budget.needed <= budget.admitted)


def test_the_line_shows_the_whole_sum() -> None:
    deployments = (
        _runs(API, 5, processes=4, pool_size=10, max_overflow=10),
        _runs(WORKER, 6, pool_size=10, max_overflow=10),
        _runs(BEAT, pool_size=10, max_overflow=10),
    )
    budget = connection_budget(deployments, instance_class="db.m7g.large", pooled=False, pgvector=True)
    assert budget.excess == (
        "(api 5x4x(10+10+5) + worker 6x1x(10+10+5)) x 2 while deploying + beat 1x1x(10+10) + reserve 15 "
        "= 1335 connections, but db.m7g.large admits 901"
    )


@pytest.mark.parametrize("family", CACHE)
def test_every_node_type_admits_as_many_clients_as_aws_lets_its_size(family: str) -> None:
    by_size = {"micro": 20_000, "small": 46_000, "medium": 46_000}
    for size in CACHE[family]:
        assert admitted_clients(f"cache.{family}.{size}") == by_size.get(size, 65_000)


def test_each_request_each_editor_and_each_job_may_hold_two_clients_of_the_cache() -> None:
    assert clients_per_task(_runs(API, processes=2, connections=200)) == 2 * (400 + 10)
    assert clients_per_task(_runs(API_WEBSOCKET, connections=1000)) == 2010
    assert clients_per_task(_runs(WORKER, slots=16)) == 42
    assert clients_per_task(_runs(BEAT, slots=16)) == 12
    assert clients_per_task(_runs(PLUGIN_DAEMON, cpu=4096)) == 80
    assert [clients_per_task(_runs(service)) for service in (WEB, SANDBOX, SSRF_PROXY)] == [0, 0, 0]


def test_clients_of_the_cache_double_while_deploying() -> None:
    assert client_budget((_runs(WORKER, 6, slots=16),), node_type="cache.m7g.large").needed == 6 * 42 * 2 + 10


@given(st.integers(1, 100), st.integers(1, 5))
def test_the_zone_that_is_lost_is_the_one_with_most_tasks(tasks: int, zones: int) -> None:
    spread = [len(range(zone, tasks, zones)) for zone in range(zones)]
    assert tasks_left(tasks, zones, loses_zone=True) == tasks - max(spread)
    assert tasks_left(tasks, zones, loses_zone=False) == tasks


@pytest.mark.parametrize(("wanted", "loses_zone", "fits"), [(800, True, True), (801, True, False), (1200, False, True)])
def test_requests_fit_where_the_fewest_tasks_carry_them(wanted: int, loses_zone: bool, fits: bool) -> None:
    api = _runs(API, 5, least=3, processes=2, connections=200)
    assert request_budget((api,), wanted=wanted, zones=3, loses_zone=loses_zone).fits is fits


def test_runs_are_carried_by_the_workers_of_their_queue_alone() -> None:
    group = replace(_runs(worker_of("runs"), 4, least=3, slots=16), queues=(RUN_QUEUE,))
    others = replace(_runs(worker_of("others"), 50, least=50, slots=99), queues=("mail",))
    budget = run_budget((group, others), wanted=33, zones=3, loses_zone=True)
    assert budget.excess == "demand 33 runs at once, but worker-runs (3 - 1 with a zone) x 16 slots admit 32"
    assert RUN_QUEUE in ALL_QUEUES


def test_a_worker_of_every_queue_carries_runs() -> None:
    assert run_budget((_runs(WORKER, 3, least=3, slots=16),), wanted=48, zones=3, loses_zone=False).fits


@pytest.mark.parametrize(("quota", "fits"), [(9, False), (10, True)])
def test_fargates_vcpus_count_at_the_largest_scale_and_while_deploying(quota: int, fits: bool) -> None:
    assert vcpu_budget((_runs(API, 2, cpu=2048), _runs(BEAT, cpu=1536)), quota=quota).fits is fits
