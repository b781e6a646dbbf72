"""The names that a stack always looks up."""

from fnmatch import fnmatch

import pytest

from settings.dns_names import own_names
from tests.settings.stack_files import parsed

_LOGIN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-mail-AbCdEf"


def _answered(name: str, names: tuple[str, ...]) -> bool:
    return any(fnmatch(name, pattern) for pattern in names)


@pytest.mark.parametrize(
    "name",
    [
        "secretsmanager.eu-central-1.amazonaws.com",
        "files.s3.eu-central-1.amazonaws.com",
        "111122223333.dkr.ecr.eu-central-1.amazonaws.com",
        "dify.abcdefghijkl.eu-central-1.rds.amazonaws.com",
        "master.dify.abcdef.euc1.cache.amazonaws.com",
        "vpc-dify-abcdef.eu-central-1.es.amazonaws.com",
        "edge-1.eu-central-1.elb.amazonaws.com",
        "ip-10-20-0-7.eu-central-1.compute.internal",
        "7.0.20.10.in-addr.arpa",
        "api.dify-prod.internal",
        "dify.example.com",
    ],
)
def test_aws_the_stack_and_its_stores_are_always_found(name: str) -> None:
    assert _answered(name, own_names(parsed({}), "dify-prod.internal"))


@pytest.mark.parametrize(
    "name", ["example.com", "other.example.com", "files.s3.us-west-2.amazonaws.com", "api.other.internal"]
)
def test_nothing_else_is(name: str) -> None:
    assert not _answered(name, own_names(parsed({}), "dify-prod.internal"))


def test_servers_that_the_settings_name_are_found() -> None:
    chosen = parsed(
        {
            "mail": {"sender": "dify@example.com", "login": _LOGIN, "server": "smtp.example.org"},
            "telemetry.endpoint": "https://otlp.example.org:4317",
        }
    )
    assert {"smtp.example.org", "otlp.example.org"} <= {*own_names(chosen, "dify-prod.internal")}


def test_a_collector_without_a_name_is_none() -> None:
    chosen = parsed({"telemetry.endpoint": "https://203.0.113.7"})
    assert "203.0.113.7" not in own_names(chosen, "dify-prod.internal")


def test_the_first_region_knows_files_by_a_name_without_one() -> None:
    zones = [f"us-east-1{zone}" for zone in "abc"]
    names = own_names(parsed({"region": "us-east-1", "network.zones": zones}), "dify-prod.internal")
    assert _answered("files.s3.amazonaws.com", names)
    assert _answered("ip-10-20-0-7.ec2.internal", names)
