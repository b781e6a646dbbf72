"""The set-up of databases and logins: what its function is asked, may do and who waits for it."""

import json
from pathlib import Path
from typing import Any

from components.database_setup import DatabaseSetup
from functions.business_metrics.dify_columns import COLUMNS
from tests.components.component_graphs import REGION, below, container, document, pairs, program
from tests.components.function_packages import module_of, on_aws, secret_arn
from tests.components.program_variants import POOLED, variant
from tests.recorder import Graph

_PGVECTOR = {"vectorStore.kind": "pgvector"}


def _asked(graph: Graph | None = None) -> Any:
    """The request, as the function itself understands it."""
    text = (graph or program()).named("database-setup-finished").inputs["input"]
    return module_of("database_setup", "setup_request").parse(on_aws(text))


def _roles(graph: Graph | None = None) -> dict[str, Any]:
    return {role.name: role for role in _asked(graph).roles}


def _statements() -> dict[str, dict[str, Any]]:
    return {s["Sid"]: s for s in document(program().named("database-setup-role-policy").inputs["policy"])}


def test_the_function_understands_where_the_server_is_and_whose_login_it_uses() -> None:
    asked = _asked()
    assert (asked.server.host, asked.server.port) == ("database-instance-address", 5432)
    assert "database-instance-masterUserSecrets" in asked.owner_secret_arn


def test_each_database_has_a_role_of_its_own_that_owns_nothing_else() -> None:
    assert {name: role.databases for name, role in _roles().items()} == {
        "dify": ("dify",),
        "dify_plugin": ("dify_plugin",),
    }


def test_a_services_database_is_one_that_its_own_login_owns() -> None:
    graph = program()
    for service, secret in (("api", "database-login"), ("plugin-daemon", "plugin-database-login")):
        made = container(graph, service)
        assert pairs(made["secrets"], "valueFrom")["DB_PASSWORD"].startswith(f"secrets-{secret}-arn:")
        (role,) = [one for one in _roles(graph).values() if one.secret_arn == secret_arn(f"secrets-{secret}-arn")]
        assert pairs(made["environment"])["DB_DATABASE"] in role.databases


def test_the_first_login_of_a_secret_is_one_of_the_two_that_the_set_up_makes() -> None:
    graph = program()
    kept = json.loads(graph.named("secrets-keeper-filled").inputs["input"])["secrets"]
    first = {on_aws(json.dumps(one["arn"])): one["initial"]["username"] for one in kept if "initial" in one}
    assert len(first) == 3
    for role in (*_roles(graph).values(), *_asked(graph).readers):
        assert first[role.secret_arn] in role.logins


def test_who_counts_reads_columns_of_the_apis_database_and_owns_nothing() -> None:
    (reader,) = _asked().readers
    assert (reader.name, reader.database) == ("dify_metrics", "dify")
    assert {table: list(columns) for table, columns in reader.columns.items()} == {
        table: list(columns) for table, columns in COLUMNS.items()
    }
    assert not _asked(variant({"business.enabled": False})).readers


def test_vectors_in_the_database_bring_their_extension_and_nothing_else_does() -> None:
    assert _roles()["dify"].extensions["dify"] == ("uuid-ossp", "pgaudit")
    assert _roles(variant(_PGVECTOR))["dify"].extensions["dify"] == ("uuid-ossp", "pgaudit", "vector")
    assert _roles(variant(_PGVECTOR))["dify_plugin"].extensions["dify_plugin"] == ()


def test_the_function_reads_the_owners_login_and_those_of_the_services_and_changes_no_secret() -> None:
    statements = _statements()
    assert set(statements) == {
        "ReadDatabaseLogin", "DecryptDatabaseLogin", "ReadSecrets", "DecryptSecrets", "WriteLogs",
    }  # fmt: skip
    assert statements["ReadSecrets"]["Action"] == ["secretsmanager:GetSecretValue"]
    assert set(statements["ReadSecrets"]["Resource"]) == {
        "secrets-database-login-arn",
        "secrets-plugin-database-login-arn",
        "secrets-metrics-login-arn",
    }
    assert statements["ReadDatabaseLogin"]["Resource"] == "database-instance-masterUserSecrets-secretArn"


def test_a_proxy_is_shown_a_secret_for_each_login_which_the_set_up_may_write_and_nothing_else() -> None:
    graph = variant(POOLED)
    for role in _roles(graph).values():
        assert set(role.mirrors) == set(role.logins)
    mirrors = {arn for role in _roles(graph).values() for arn in role.mirrors.values()}
    statements = document(graph.named("database-setup-role-policy").inputs["policy"])
    written = {arn for s in statements if "secretsmanager:PutSecretValue" in s["Action"] for arn in s["Resource"]}
    assert {secret_arn(arn) for arn in written} == mirrors
    assert not [role for role in _roles().values() if role.mirrors]


def test_the_databases_certificate_is_verified_with_authorities_that_are_in_the_package() -> None:
    for function in ("database-setup", "rotation"):
        inputs = program().named(f"{function}-function").inputs
        authorities = Path(inputs["code"].assets[inputs["environment"]["variables"]["DATABASE_CA_FILE"]].path)
        assert f"# Amazon RDS {REGION} Root CA" in authorities.read_text(encoding="utf-8")


def test_the_function_stands_inside_the_network_behind_a_group_of_its_own() -> None:
    place = program().named("database-setup-function").inputs["vpcConfig"]
    assert place["securityGroupIds"] == ["firewall-database-setup-id"]
    assert place["subnetIds"] == [f"network-private-{zone}-id" for zone in "abc"]


def test_it_runs_after_the_secrets_are_filled_and_again_whenever_its_code_changes() -> None:
    graph = program()
    finished = graph.named("database-setup-finished")
    assert graph.named("secrets-keeper-filled").urn in finished.property_dependencies["input"]
    assert finished.inputs["triggers"] == {"code": "database-setup-function-codeSha256"}


def test_everything_of_the_set_up_belongs_to_the_component() -> None:
    (function,) = below(program(), DatabaseSetup, "database-setup")
    assert program().named("database-setup-finished").parent == function.urn
