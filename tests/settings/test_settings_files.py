"""The tracked stack files, the project file, the schema and the command that checks a stack file."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, cast, get_args

import pulumi
import pytest
import yaml
from pulumi.runtime import config as pulumi_config

import settings
from settings import Environment, Settings
from settings.__main__ import main
from settings.schema import FILE, rendered
from settings.stack_file import parse_file, read_values
from tests.settings.stack_files import values
from tests.settings.test_settings_lines import TEN_MISTAKES

ROOT = Path(__file__).parents[2]
STACKS = ("prod", "staging", "dev")


def _yaml(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("stack", STACKS)
def test_a_tracked_stack_file_is_accepted(stack: str) -> None:
    assert parse_file(ROOT / f"Pulumi.{stack}.yaml", stack).environment is Environment(stack)


@pytest.mark.parametrize("stack", STACKS)
def test_a_tracked_stack_file_states_nothing_that_is_the_default_anyway(stack: str) -> None:
    config = _yaml(f"Pulumi.{stack}.yaml")["config"]
    document = {key.removeprefix("dify:"): value for key, value in config.items()}
    assert _restated(Settings, document) == []


def _restated(model: Any, document: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for field in model.model_fields.values():
        if field.alias not in document:
            continue
        value = document[field.alias]
        annotation = field.annotation
        sections = [one for one in (annotation, *get_args(annotation)) if hasattr(one, "model_fields")]
        if sections:
            items = cast("list[Any]", value if isinstance(value, list) else [value])
            found += [name for item in items for name in _restated(sections[0], item)]
        elif not field.is_required() and field.default == value:
            found.append(field.alias)
    return found


def test_the_project_files_defaults_are_those_of_the_settings() -> None:
    declared = _yaml("Pulumi.yaml")["config"]
    for key, declaration in declared.items():
        (field,) = (f for f in Settings.model_fields.values() if f"dify:{f.alias}" == key)
        assert declaration["description"]
        assert declaration["default"] == ({} if field.default_factory else field.default)
    # A section that is there or not has no default that the engine could know.
    optional = {
        f"dify:{field.alias}"
        for field in Settings.model_fields.values()
        if not field.is_required() and (field.default_factory or field.default is not None)
    }
    assert set(declared) == optional


def test_the_schema_file_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == rendered(), "run python -m settings.schema"


def test_the_schema_refuses_unknown_keys_and_asks_for_the_mandatory_ones() -> None:
    config = json.loads(rendered())["properties"]["config"]
    assert config["additionalProperties"] is False
    assert "dify:domain" in config["required"]
    assert "dify:cache" not in config["required"]


def _write(folder: Path, stack: str, text: str) -> None:
    (folder / f"Pulumi.{stack}.yaml").write_text(text, encoding="utf-8")


def test_the_command_says_that_a_good_stack_file_is_ok(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["prod"]) == 0
    assert capsys.readouterr().out == "prod: settings ok\n"


def test_the_command_prints_one_line_per_mistake_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document = {key: json.loads(value) if value[0] in "[{" else value for key, value in values(TEN_MISTAKES).items()}
    _write(tmp_path, "prod", yaml.safe_dump({"config": document}))
    monkeypatch.chdir(tmp_path)
    assert main(["prod"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 10


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("config: [", "got broken YAML near line 1; a stack file is YAML; mend its syntax"),
        ("3", "got no mapping config; settings stand under config; write config: and the keys below"),
        ("config: 3", "got no mapping config; settings stand under config; write config: and the keys below"),
        (None, "got no file; each stack has a stack file; create it or name another stack"),
        (
            "config:\n  dify:release: 1.17.1\n  dify:release: 1.16.0",
            "got dify:release twice near line 3; each key stands once beside others; remove one",
        ),
        (
            "config:\n  dify:region: eu-west-1\n  region: eu-central-1",
            "got region twice near line 3; each key stands once beside others; remove one",
        ),
        (
            "config:\n  dify:network: {cidr: 10.0.0.0/16, cidr: 10.1.0.0/16}",
            "got cidr twice near line 2; each key stands once beside others; remove one",
        ),
        (
            f"config:\n  dify:tags: {'[' * 5000}{']' * 5000}",
            "got a value too deep or too long; no setting is; look for what was pasted",
        ),
        (
            f"config:\n  dify:a: {'9' * 5000}",
            "got a value too deep or too long; no setting is; look for what was pasted",
        ),
        ('config: {dify:tags: "\\ud800"}', "got binary data; a stack file is text in UTF-8; save it as UTF-8"),
    ],
)
def test_an_unreadable_stack_file_gives_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str | None,
    line: str,
) -> None:
    if text is not None:
        _write(tmp_path, "prod", text)
    monkeypatch.chdir(tmp_path)
    assert main(["prod"]) == 1
    assert capsys.readouterr().err == f"config Pulumi.prod.yaml: {line}\n"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        *(("yes", "yes"), ("off", "off"), ("1:10", "1:10"), ("", "")),
        *(
            ("true", "true"),
            ("FALSE", "false"),
            ("010", "8"),
            ("1_0", "10"),
            ("0", "0"),
            ("-3", "-3"),
            ("16.9", "16.9"),
        ),
    ],
)
def test_a_scalar_is_what_pulumi_makes_of_it(tmp_path: Path, written: str, read: str) -> None:
    """PyYAML reads YAML 1.1, Pulumi's library 1.2: `multiAz: yes` would be right here and refused there."""
    _write(tmp_path, "prod", f"config:\n  dify:one: {written}\n")
    assert read_values(tmp_path / "Pulumi.prod.yaml") == {"dify:one": read}


def test_a_binary_stack_file_gives_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_bytes(b"\xff\xfe\x00")
    monkeypatch.chdir(tmp_path)
    assert main(["prod"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_command_called_wrongly_says_how_to_call_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err


def test_importing_settings_does_not_import_pulumi() -> None:
    code = "import sys, settings; sys.exit(any(name.startswith('pulumi') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0  # noqa: S603


@pytest.fixture
def running_program(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A program of stack prod whose configuration comes from the environment, as the engine gives it."""
    monkeypatch.setattr(pulumi, "get_stack", lambda: "prod")
    pulumi_config.set_all_config({}, [])
    return monkeypatch


def test_load_reads_the_configuration_of_the_running_program(running_program: pytest.MonkeyPatch) -> None:
    running_program.setenv("PULUMI_CONFIG", json.dumps(values({})))
    assert settings.load().domain == "dify.example.com"


def test_load_ends_the_program_with_one_line_per_mistake(running_program: pytest.MonkeyPatch) -> None:
    running_program.setenv("PULUMI_CONFIG", json.dumps(values(TEN_MISTAKES)))
    with pytest.raises(pulumi.RunError) as ended:
        settings.load()
    assert len(str(ended.value).splitlines()) == 10
    assert ended.value.__suppress_context__


def test_load_refuses_encrypted_values(running_program: pytest.MonkeyPatch) -> None:
    running_program.setenv("PULUMI_CONFIG", json.dumps(values({"logs.retentionDays": 400})))
    running_program.setenv("PULUMI_CONFIG_SECRET_KEYS", json.dumps(["dify:logs"]))
    with pytest.raises(pulumi.RunError, match=r"config dify:logs: got \[hidden\]"):
        settings.load()
