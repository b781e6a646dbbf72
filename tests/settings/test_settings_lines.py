"""Mistakes are told all at once, one line each, the nearest key named and no secret shown."""

import json
import re
from typing import Any

import pytest

from settings import ConfigurationError, parse
from settings.keys import all_paths
from settings.secrets import looks_secret
from tests.settings.stack_files import REMOVED, refusals, values

LINE = re.compile(r"config dify:[^;]+: got [^;]+; [^;]+; [^;]+")

TEN_MISTAKES: dict[str, Any] = {
    "account": "12",
    "region": "mars-1",
    "domain": "https://dify.example.com",
    "release": "latest",
    "tags.owner": REMOVED,
    "network.cidr": "10.20.0.0/33",
    "services.api.memory": 1000,
    "database.multiAz": False,
    "cache.nodez": 2,
    "alarms.subscriptions": [{"email": "nobody"}],
}


def test_ten_mistakes_give_ten_lines() -> None:
    lines = refusals(TEN_MISTAKES)
    assert len(lines) == 10
    assert all(LINE.fullmatch(line) for line in lines)


def test_a_wrong_section_does_not_hide_the_mistakes_of_its_other_keys() -> None:
    changes = {"database.instanceClass": "db.t3.micro", "database.multiAz": False, "database.backupRetentionDays": 7}
    assert len(refusals(changes)) == 3


def test_a_wrong_environment_still_holds_the_stack_to_its_names_rules() -> None:
    lines = refusals({"environment": "production", "database.multiAz": False})
    assert [line.split(":")[1] for line in lines] == ["environment", "database.multiAz"]


@pytest.mark.parametrize(
    ("key", "value", "got", "nearest"),
    [
        ("regoin", "eu-central-1", '"eu-central-1"', "region"),
        ("network.CIDR", "10.0.0.0/16", '"10.0.0.0/16"', "network.cidr"),
        ("database.instance_class", "db.m7g.large", '"db.m7g.large"', "database.instanceClass"),
        ("services.wroker", {"cpu": 1}, "a mapping", "services.worker"),
        ("multiAz", "true", "true", "database.multiAz"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_valid_one(key: str, value: object, got: str, nearest: str) -> None:
    assert refusals({key: value}) == [f"config dify:{key}: got {got}; the key is unknown; use dify:{nearest}"]


def test_an_unknown_key_like_no_other_lists_the_valid_ones_and_hides_its_value() -> None:
    assert refusals({"logs.zzz": "sesame"}) == [
        "config dify:logs.zzz: got [hidden]; the key is unknown; remove it or use one of retentionDays"
    ]


def test_a_key_by_its_python_name_is_not_a_key() -> None:
    assert len(refusals({"alarms.cpu_percent": 80})) == 1


@pytest.mark.parametrize(
    "key",
    [
        *("SECRET_KEY", "apiKey", "database.password", "database.masterPassword", "cache.authToken", "edge.privateKey"),
        *(
            "services.api.openaiApiKey",
            "credentials",
            "passphrase",
            "pwd",
            "services.api.environment.DB_PASSWD",
            "token",
        ),
    ],
)
def test_a_secret_by_name_is_refused_unseen(key: str) -> None:
    lines = refusals({key: "sesame-street"})
    assert f"config dify:{key}: got [hidden]; secrets are generated inside AWS; remove it" in lines
    assert "sesame" not in "".join(lines)


@pytest.mark.parametrize(
    "value",
    [
        *("difyai123456", "sk-9f73s3ljTXVcMT3Blb3ljTqtsKiGHXVcMT3BlbkFJLK7U", "postgresql://u:sesame@db/dify"),
        *("-----BEGIN PRIVATE KEY-----", "AKIAABCDEFGHIJKLMNOP", "redis://:difyai123456@redis:6379/1"),
    ],
)
@pytest.mark.parametrize("key", ["domain", "tags.owner", "database.engineVersion", "anything"])
def test_a_secret_by_value_is_refused_unseen_under_any_key(key: str, value: str) -> None:
    assert refusals({key: value}) == [f"config dify:{key}: got [hidden]; secrets are generated inside AWS; remove it"]


def test_a_secret_in_a_list_is_refused_unseen() -> None:
    lines = refusals({"alarms.subscriptions": [{"email": "ops@example.com"}, {"email": "difyai123456"}]})
    assert lines == [
        "config dify:alarms.subscriptions[1].email: got [hidden]; secrets are generated inside AWS; remove it"
    ]


def test_a_secret_inside_a_value_of_the_wrong_kind_is_not_shown() -> None:
    lines = refusals(
        {"domain": {"password": "sesame"}, "network.zones": [{"x": "sesame"}], "edge": "sesame sk-12345678"}
    )
    assert lines
    assert "sesame" not in "".join(lines)


@pytest.mark.parametrize("key", ["database", "database.note", "note"])
def test_an_encrypted_value_in_a_stack_file_is_refused(key: str) -> None:
    assert refusals({key: {"secure": "v1:abc:def"}}) == [
        f"config dify:{key}: got [hidden]; secrets are generated inside AWS; remove it"
    ]


def test_a_value_that_pulumi_decrypted_is_refused_unseen() -> None:
    given = {**values({}), "dify:cache": json.dumps({"nodeType": "sesame"}), "aws:secretKey": "other"}
    with pytest.raises(ConfigurationError) as refused:
        parse(given, "prod", secret_keys=["dify:cache", "aws:secretKey"])
    assert refused.value.lines == ("config dify:cache: got [hidden]; secrets are generated inside AWS; remove it",)


def test_no_valid_key_looks_like_a_secret() -> None:
    assert [path for path in all_paths() if looks_secret(str(path[-1]))] == []


@pytest.mark.parametrize("section", ["tags", "network", "edge", "services", "database", "cache", "storage", "backup"])
@pytest.mark.parametrize("value", ["text", [], 3, True])
def test_a_section_of_another_kind_is_refused(section: str, value: object) -> None:
    (line,) = refusals({section: value})
    assert line.startswith(
        f"config dify:{section}: got {json.dumps(value)}; must be a mapping; write its keys below it"
    )


def test_a_key_without_a_value_is_refused() -> None:
    assert refusals({"database.multiAz": None}) == [
        "config dify:database.multiAz: got nothing; must be true or false; write one, for example true"
    ]


def test_a_value_is_shown_on_one_line_and_shortened() -> None:
    (line,) = refusals({"domain": "a\n" * 500})
    assert "\n" not in line
    assert len(line) < 400


def test_the_error_prints_its_lines_and_holds_no_input() -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse(values({"logs.retentionDays": 7}), "prod")
    assert str(refused.value) == "\n".join(refused.value.lines)


def test_keys_of_other_namespaces_are_passed_over() -> None:
    assert parse({**values({}), "aws:region": "us-east-1", "pulumi:tags": "{}"}, "prod").region == "eu-central-1"


def test_keys_may_come_without_the_namespace() -> None:
    bare = {key.removeprefix("dify:"): value for key, value in values({}).items()}
    assert parse(bare, "prod") == parse(values({}), "prod")


def test_a_stack_may_add_to_the_name_of_its_environment() -> None:
    assert parse(values({}), "prod-eu").environment == "prod"
    with pytest.raises(ConfigurationError):
        parse(values({}), "production")
