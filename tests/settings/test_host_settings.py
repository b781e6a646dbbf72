"""The stack file of a Docker host: every rule gives exactly its line, and what fits passes."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from settings import ConfigurationError, HostSettings, Settings, parse_any
from settings.__main__ import main
from settings.host.capacity import SYSTEM_MIB, connections, containers, most_connections
from settings.keys import all_paths, keys_of
from settings.schema import HOST_FILE, rendered
from settings.secrets import looks_secret
from settings.stack_file import parse_any_file
from tests.settings.bad_host import BAD, COPY
from tests.settings.bad_host_alarms import MAIL
from tests.settings.host_files import host_refusals, host_settings, host_values

ROOT = Path(__file__).parents[2]

_ROWS = [row for row in BAD if row[1]]


@pytest.mark.parametrize(("changes", "line"), _ROWS, ids=[line.partition(";")[0] for _, line in _ROWS])
def test_a_wrong_value_gives_exactly_its_line(changes: dict[str, Any], line: str) -> None:
    assert host_refusals(changes) == [f"config dify:{line}"]


def test_every_key_has_a_wrong_value_in_the_table() -> None:
    tried = {line.partition(":")[0] for _, line in _ROWS}
    tried |= {key for changes, _ in BAD for key in changes}
    tried = {key.partition("[")[0] for key in tried}
    leaves = {".".join(map(str, path)) for path in all_paths(root=HostSettings) if not keys_of(path, HostSettings)}
    assert leaves - tried == set()


def test_a_target_that_is_none_is_refused_in_one_line_among_others() -> None:
    values = host_values({"target": "kubernetes"})
    with pytest.raises(ConfigurationError) as refused:
        parse_any(values, "prod")
    assert 'config dify:target: got "kubernetes"; must be one of aws, docker; set one of them' in refused.value.lines


@pytest.mark.parametrize(
    ("changes", "environment"),
    [
        ({"host.docker": "ssh://deploy@host.example.com:2222"}, "prod"),
        ({"network.cidr": "100.64.3.0/24", "network.listenAddress": "127.0.0.1", "network.httpsPort": 8443}, "prod"),
        ({"requests.allowedCidrs.console": ["10.0.0.0/8", "203.0.113.0/24"]}, "prod"),
        ({"services.web.instances": 1, "lifecycle": "disposable", "backups.retentionDays": 1}, "dev"),
        ({"services.web.instances": 14, "host.memoryGib": 64, "host.cpus": 16}, "prod"),
        ({"mail": MAIL, "backups.copyTo": COPY}, "prod"),
        ({"mail": MAIL, "alarms.email": ["ops@example.com", "deputy@example.com"], "alarms.repeatHours": 720}, "prod"),
        ({"alarms": {"webhookFile": "/run/a-b.c", "heartbeatFile": "/run/d", "repeatHours": 1}}, "prod"),
        ({"tls": {"certificateFile": "/nowhere/c.pem", "keyFile": "/nowhere/k.pem"}}, "prod"),
    ],
)
def test_a_value_at_the_edge_of_its_rule_passes(changes: dict[str, Any], environment: str) -> None:
    assert host_refusals(changes, environment) == []


def test_the_empty_sections_that_pulumi_adds_for_stacks_on_aws_are_no_decisions() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    defaults = {key: json.dumps(one["default"]) for key, one in declared.items() if one["default"] == {}}
    assert len(defaults) > 10
    assert parse_any({**defaults, **host_values({})}, "host") == host_settings({})


def test_the_tracked_stack_file_is_accepted_and_states_no_default() -> None:
    settings = parse_any_file(ROOT / "Pulumi.host.yaml", "host")
    assert isinstance(settings, HostSettings)
    assert settings.environment == "prod"
    assert "environment" not in settings.model_fields_set


def test_what_runs_fits_the_host_that_is_stated() -> None:
    settings = host_settings({})
    needed = sum(part.memory_mib * part.instances for part in containers(settings))
    assert needed + SYSTEM_MIB <= settings.host.memory_gib * 1024
    assert connections(settings) <= most_connections(settings)
    assert {part.name: part.instances for part in containers(settings) if part.instances > 1} == {
        "web": 2, "api": 2, "worker": 2, "database": 2
    }  # fmt: skip


def test_the_schema_file_is_current() -> None:
    assert HOST_FILE.read_text(encoding="utf-8") == rendered(HostSettings), "run python -m settings.schema"


def test_every_key_is_described_and_shows_an_example() -> None:
    undescribed = [
        f"{model.__name__}.{name}"
        for model in _models(HostSettings)
        for name, field in model.model_fields.items()
        if not field.description or not (field.examples or _sections(field.annotation))
    ]
    assert undescribed == []


def test_no_key_has_the_name_of_a_secret() -> None:
    assert [path for path in all_paths(root=HostSettings) if looks_secret(str(path[-1]))] == []


def test_the_command_checks_a_host_and_shows_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["host"]) == 0
    assert capsys.readouterr().out == "host: settings ok\n"
    assert main(["capacity", "host"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert table[0].split() == ["container", "instances", "CPUs", "MiB"]
    assert table[-2].split() == ["all", "of", "them", "16", "29952"]
    assert table[-1].split() == ["host", "8", "32768"]


def test_a_stack_on_aws_is_still_the_default() -> None:
    assert isinstance(parse_any_file(ROOT / "Pulumi.prod.yaml", "prod"), Settings)


def _sections(annotation: object) -> list[Any]:
    """The section that an annotation is, may be, or is a list of."""
    return [one for one in (annotation, *get_args(annotation)) if hasattr(one, "model_fields")]


def _models(model: Any) -> list[Any]:
    children = [child for field in model.model_fields.values() for child in _sections(field.annotation)]
    return [model, *(found for child in children for found in _models(child))]
