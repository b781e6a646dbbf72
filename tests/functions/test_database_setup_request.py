"""Every mistake in the set-up's event is one line that names the place, and never a value."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.database_setup.database_setup import FunctionError
from functions.database_setup.setup_request import parse

ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:{}-AbCdEf"


def good() -> dict[str, Any]:
    return {
        "host": "database.internal",
        "port": 5432,
        "ownerSecretArn": ARN.format("owner"),
        "roles": [
            {
                "name": "dify",
                "secretArn": ARN.format("dify"),
                "databases": ["dify"],
                "extensions": {"dify": ["uuid-ossp", "vector"]},
            },
            {"name": "dify_plugin", "secretArn": ARN.format("plugin"), "databases": ["dify_plugin"]},
        ],
    }


def test_a_good_event_is_read_as_it_is() -> None:
    request = parse(good())
    assert str(request.server) == "database.internal:5432"
    assert request.roles[0].logins == ("dify_a", "dify_b")
    assert request.roles[0].extensions == {"dify": ("uuid-ossp", "vector")}
    assert request.roles[1].extensions == {}
    assert request.roles[0].mirrors == {}


def test_mirrors_are_one_for_each_login() -> None:
    event = good()
    mirrors = {login: ARN.format(login) for login in ("dify_a", "dify_b")}
    event["roles"][0]["mirrors"] = mirrors
    assert parse(event).roles[0].mirrors == mirrors


READER = {
    "name": "dify_metrics",
    "secretArn": ARN.format("metrics"),
    "database": "dify",
    "columns": {"messages": ["id", "created_at"]},
    "connections": 3,
    "statementSeconds": 20,
}


def test_a_reader_is_read_as_it_is_and_knows_whose_tables_they_are() -> None:
    request = parse({**good(), "readers": [READER]})
    assert parse(good()).readers == ()
    (reader,) = request.readers
    assert reader.logins == ("dify_metrics_a", "dify_metrics_b")
    assert reader.columns == {"messages": ("id", "created_at")}
    assert request.owner_of(reader.database) == "dify"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": "dify"}, "event.roles: role dify, dify_a, dify_b is given twice"),
        ({"database": "other"}, "event.readers[0].database: must be a database of event.roles"),
        ({"columns": {}}, "event.readers[0].columns: must have at least one table, and each at least one column"),
        (
            {"columns": {"messages": []}},
            "event.readers[0].columns: must have at least one table, and each at least one column",
        ),
        (
            {"columns": {"messages": ["id'; DROP"]}},
            "event.readers[0].columns.messages: names are lower-case letters, digits and _ and begin with a letter",
        ),
        ({"connections": 0}, "event.readers[0].connections: must be a whole number from 1 to 999"),
        ({"statementSeconds": True}, "event.readers[0].statementSeconds: must be a whole number from 1 to 999"),
    ],
)
def test_a_mistake_about_a_reader_is_named_with_its_place(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(FunctionError) as caught:
        parse({**good(), "readers": [{**READER, **changed}]})
    assert str(caught.value) == message


MISTAKES: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda e: e.pop("host"), "event: host is missing"),
    (lambda e: e.update(s3cret=1), "event: unknown key s3cret; known are host, ownerSecretArn, port, readers, roles"),
    (lambda e: e.update(host=""), "event.host: must be non-empty text"),
    (lambda e: e.update(port="5432"), "event.port: must be a whole number from 1 to 65535"),
    (lambda e: e.update(port=65536), "event.port: must be a whole number from 1 to 65535"),
    (lambda e: e.update(ownerSecretArn="s3cret"), "event.ownerSecretArn: must be the ARN of a Secrets Manager secret"),
    (lambda e: e["roles"].clear(), "event.roles: at least one role is needed"),
    (lambda e: e["roles"][0].pop("secretArn"), "event.roles[0]: secretArn is missing"),
    (
        lambda e: e["roles"][0].update(name='dify"; DROP'),
        "event.roles[0].name: names are lower-case letters, digits and _ and begin with a letter",
    ),
    (lambda e: e["roles"][1].update(name="dify"), "event.roles: role dify, dify_a, dify_b is given twice"),
    (lambda e: e["roles"][1].update(name="dify_a"), "event.roles: role dify_a is given twice"),
    (lambda e: e["roles"][1].update(databases=["dify"]), "event.roles: database dify is given twice"),
    (lambda e: e["roles"][1].update(databases=[]), "event.roles[1].databases: at least one database is needed"),
    (
        lambda e: e["roles"][1].update(databases=["Dify"]),
        "event.roles[1].databases: names are lower-case letters, digits and _ and begin with a letter",
    ),
    (
        lambda e: e["roles"][1].update(extensions={"dify": ["vector"]}),
        "event.roles[1].extensions: dify is not among its databases",
    ),
    (
        lambda e: e["roles"][0].update(mirrors={"dify_a": ARN.format("a")}),
        "event.roles[0].mirrors: must have one secret for each of dify_a, dify_b, or be left out",
    ),
    (
        lambda e: e["roles"][0].update(extensions={"dify": ["vector", "vector"]}),
        "event.roles[0].extensions.dify: name vector is given twice",
    ),
]


@pytest.mark.parametrize(("mistake", "message"), MISTAKES)
def test_a_mistake_is_named_with_its_place(mistake: Callable[[dict[str, Any]], object], message: str) -> None:
    event = good()
    mistake(event)
    with pytest.raises(FunctionError) as caught:
        parse(event)
    assert str(caught.value) == message
