"""Rotation: what is changed by schedule, by whom, and with which permissions."""

import base64
import json
import zlib
from typing import Any

import pytest

from dify.queues import ALL_QUEUES
from dify.secrets import METRICS_DATABASE, SECRETS, Kind
from tests.components.component_graphs import REGION, document, program
from tests.components.function_packages import module_of, on_aws, secret_arn
from tests.components.program_variants import AGENTS, POOLED, variant
from tests.recorder import Graph

_LAMBDA_ENVIRONMENT_BYTES = 4096
"""All environment variables of a function together (AWS Lambda Developer Guide, "Lambda quotas")."""

_SCHEDULED = {one.name for one in SECRETS if one.kind in {Kind.DATABASE, Kind.CACHE}}
_ROTATED = {one.name for one in SECRETS if one.kind is not Kind.FIXED}
_FIXED = {one.name for one in SECRETS if one.kind is Kind.FIXED}


def _written(graph: Graph) -> Any:
    """The settings as they are written, with ARNs and addresses of the length that AWS gives them."""
    packed = graph.named("rotation-function").inputs["environment"]["variables"]["ROTATION"]
    text = str(module_of("rotation", "rotation_plan").unpacked(packed))
    for store in ("database-instance-address", "cache-group-primaryEndpointAddress"):
        text = text.replace(f'"{store}"', f'"{_host(store)}"')
    return on_aws(text)


def _host(store: str) -> str:
    """An address such as RDS and ElastiCache give."""
    return f"dify-prod-{store.partition('-')[0]}.abcdefghijkl.{REGION}.rds.amazonaws.com"


def _plan(graph: Graph | None = None) -> Any:
    """The settings, as the function itself understands them."""
    return module_of("rotation", "rotation_plan").parse_plan(json.dumps(_written(graph or variant(AGENTS))))


def _known(name: str) -> Any:
    return _plan().secret(secret_arn(f"secrets-{name}-arn"))


def _statements(graph: Graph | None = None) -> dict[str, dict[str, Any]]:
    policy = (graph or variant(AGENTS)).named("rotation-role-policy").inputs["policy"]
    return {s["Sid"]: s for s in document(policy)}


def _arns(names: set[str]) -> set[str]:
    return {f"secrets-{name}-arn" for name in names}


def test_the_function_knows_every_secret_but_the_fixed_one() -> None:
    assert sorted(_FIXED) == ["application"]
    assert set(_plan().secrets) == {secret_arn(arn) for arn in _arns(_ROTATED)}
    assert not [name for name in _FIXED if secret_arn(f"secrets-{name}-arn") in json.dumps(_written(variant(AGENTS)))]


def test_a_secret_that_the_stack_does_not_have_is_not_rotated() -> None:
    graph = program()
    there = {f"{secret.name}-arn" for secret in graph.of(":Secret")}
    assert set(_plan(graph).secrets) == {secret_arn(arn) for arn in there - _arns(_FIXED)}


@pytest.mark.parametrize(("secret", "database", "users"), [
    ("database-login", "dify", ("dify_a", "dify_b")),
    ("plugin-database-login", "dify_plugin", ("dify_plugin_a", "dify_plugin_b")),
    ("metrics-login", "dify", ("dify_metrics_a", "dify_metrics_b")),
])  # fmt: skip
def test_a_database_login_moves_between_the_two_users_that_the_set_up_makes(
    secret: str, database: str, users: tuple[str, str]
) -> None:
    login = _known(secret)
    assert (login.database, login.users) == (database, users)
    assert (login.server.host, login.server.port) == (_host("database"), 5432)
    assert login.owner_secret_arn == secret_arn("database-instance-masterUserSecrets-secretArn")


@pytest.mark.parametrize("secret", ["cache", "plugin-cache", "agent-cache"])
def test_a_cache_user_keeps_its_name_and_its_address_is_composed_anew_as_the_keeper_did(secret: str) -> None:
    user = _known(secret)
    filled = json.loads(variant(AGENTS).named("secrets-keeper-filled").inputs["input"])
    (kept,) = [one for one in filled["secrets"] if one["arn"] == f"secrets-{secret}-arn"]
    assert (user.user_id, user.host, user.port) == (f"dify-prod-{secret}", _host("cache"), 6379)
    assert dict(user.compose) == kept.get("compose", {})


def test_keys_are_made_anew_by_the_keepers_own_recipes() -> None:
    filled = json.loads(variant(AGENTS).named("secrets-keeper-filled").inputs["input"])
    recipes = {secret_arn(one["arn"]): one["generate"] for one in filled["secrets"]}
    keys = [one.name for one in SECRETS if one.kind is Kind.KEYS]
    assert len(keys) == 6
    for name in keys:
        known = _known(name)
        made = {field: {"length": r.length, "alphabet": r.alphabet} for field, r in known.fields.items()}
        assert made == recipes[known.arn], name


@pytest.mark.parametrize("secret", sorted(_ROTATED))
def test_after_a_change_exactly_the_services_are_deployed_anew_that_read_the_secret(secret: str) -> None:
    graph = variant(AGENTS)
    running = {service.inputs["name"] for service in graph.of("ecs/service:Service")}
    readers = {
        service
        for service in running
        if f'"secrets-{secret}-arn:' in graph.named(f"{service}-definition").inputs["containerDefinitions"]
    }
    assert bool(readers) is (secret != METRICS_DATABASE.name)
    assert set(_known(secret).services) == readers
    assert _plan().cluster == graph.named("cluster-cluster").inputs["name"]


def test_only_logins_change_by_schedule_every_thirty_days() -> None:
    rotations = variant(AGENTS).of(":SecretRotation")
    assert {rotation.inputs["secretId"] for rotation in rotations} == _arns(_SCHEDULED)
    assert {rotation.inputs["rotationLambdaArn"] for rotation in rotations} == {"rotation-function-arn"}
    for rotation in rotations:
        assert rotation.inputs["rotationRules"] == {"automaticallyAfterDays": 30}
        assert rotation.inputs["rotateImmediately"] is False


def test_a_schedule_begins_once_secrets_manager_may_call_and_the_logins_work() -> None:
    graph = program()
    needed = {graph.named("rotation-may-call").urn, graph.named("database-setup-finished").urn}
    for rotation in graph.of(":SecretRotation"):
        assert needed <= set(rotation.dependencies), rotation.name


def test_secrets_manager_calls_the_function_for_this_account_only() -> None:
    assert program().named("rotation-may-call").inputs == {
        "function": "dify-prod-rotation",
        "action": "lambda:InvokeFunction",
        "principal": "secretsmanager.amazonaws.com",
        "sourceAccount": "111122223333",
    }


def test_the_function_may_change_what_it_rotates_and_never_the_fixed_secret() -> None:
    statement = _statements()["ReplaceSecrets"]
    assert set(statement["Resource"]) == _arns(_ROTATED)
    assert statement["Action"] == ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]
    assert not [s for s in _statements().values() if set(_arns(_FIXED)) & {str(r) for r in s["Resource"]}]


def test_the_function_moves_versions_of_scheduled_logins_only() -> None:
    statement = _statements()["StageSecrets"]
    assert set(statement["Resource"]) == _arns(_SCHEDULED)
    assert statement["Action"] == ["secretsmanager:DescribeSecret", "secretsmanager:UpdateSecretVersionStage"]


def test_the_function_may_use_the_secrets_key_through_secrets_manager_only() -> None:
    encrypt = _statements()["EncryptSecrets"]
    assert encrypt["Resource"] == "secrets-key-arn"
    assert encrypt["Condition"] == {"StringEquals": {"kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com"}}


def test_the_function_may_deploy_anew_the_readers_of_its_secrets_and_change_the_caches_users() -> None:
    statements = _statements()
    readers = {service for secret in _plan().secrets.values() for service in secret.services}
    services = "arn:aws:ecs:eu-central-1:111122223333:service/dify-prod"
    assert statements["DeployReadersAnew"]["Action"] == ["ecs:UpdateService"]
    assert set(statements["DeployReadersAnew"]["Resource"]) == {f"{services}/{reader}" for reader in readers}
    users = "arn:aws:elasticache:eu-central-1:111122223333:user:dify-prod"
    assert statements["CacheUsers"]["Resource"] == [
        f"{users}-{name}" for name in ("cache", "plugin-cache", "agent-cache")
    ]


def test_the_function_may_do_nothing_more_and_has_no_wildcard() -> None:
    assert set(_statements()) == {
        "ReplaceSecrets", "StageSecrets", "EncryptSecrets", "ReadDatabaseLogin", "DecryptDatabaseLogin", "CacheUsers",
        "DeployReadersAnew", "WriteLogs",
    }  # fmt: skip
    assert not [action for s in _statements().values() for action in s["Action"] if "*" in action]
    assert "*" not in [s["Resource"] for s in _statements().values()]


def test_the_function_reaches_the_stores_from_a_group_of_its_own() -> None:
    place = program().named("rotation-function").inputs["vpcConfig"]
    assert place["securityGroupIds"] == ["firewall-rotation-id"]


def test_what_the_proxy_knows_changes_with_the_login_that_it_is_for() -> None:
    graph = variant(POOLED)
    admitted = {auth["secretArn"] for auth in graph.one("rds/proxy:Proxy").inputs["auths"]}
    logins = [login for login in _plan(graph).secrets.values() if hasattr(login, "mirrors")]
    assert {mirror for login in logins for mirror in login.mirrors.values()} == {secret_arn(arn) for arn in admitted}
    # The function that counts reaches the database itself.
    assert {login.users[0] for login in logins if not login.mirrors} == {"dify_metrics_a"}
    assert all(set(login.mirrors) == set(login.users) for login in logins if login.mirrors)
    assert admitted <= set(_statements(graph)["ReplaceSecrets"]["Resource"])
    assert not [login for login in _plan().secrets.values() if getattr(login, "mirrors", None)]


def test_the_settings_of_a_stack_with_every_option_fit_into_what_lambda_takes() -> None:
    groups = [
        {"name": f"group{at}", "queues": list(ALL_QUEUES[at::8]), "minTasks": 3, "maxTasks": 3} for at in range(8)
    ]
    room = {"database.instanceClass": "db.r7g.4xlarge", "quotas.fargateVcpus": 4000, "services.workerGroups": groups}
    graph = variant({**AGENTS, **POOLED, **room, "database.poolSize": 3, "database.maxOverflow": 3})
    variables: dict[str, str] = graph.named("rotation-function").inputs["environment"]["variables"]
    written = json.dumps(_written(graph), sort_keys=True)
    assert len(written) > _LAMBDA_ENVIRONMENT_BYTES
    packed = base64.b64encode(zlib.compress(written.encode(), level=9)).decode()
    taken = {**variables, "ROTATION": packed}
    assert sum(len(name) + len(value) for name, value in taken.items()) <= _LAMBDA_ENVIRONMENT_BYTES


def test_the_function_understands_its_settings_as_they_are_packed() -> None:
    plan = module_of("rotation", "rotation_plan")
    written = json.dumps(_written(program())).encode()
    assert plan.parse_plan(base64.b64encode(zlib.compress(written)).decode()) == _plan(program())
