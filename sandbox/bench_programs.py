"""Programs to measure prod against, written into a build folder."""

import re
from pathlib import Path
from typing import Any

from pulumi.runtime.proto import analyzer_pb2

_ONE_RULE = '''"""One rule, as small as a rule can be."""

from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy


def _named(args, report):
    if args.resource_type == "aws:ssm/parameter:Parameter" and "type" not in args.props:
        report("a parameter has a type")


PolicyPack(
    name="one-rule",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[ResourceValidationPolicy(name="has-type", description="A parameter has a type.", validate=_named)],
)
'''

_RECORDER = '''"""Writes down what the engine tells about the whole stack."""

from pathlib import Path

from pulumi_policy import EnforcementLevel, PolicyPack, StackValidationPolicy
from pulumi_policy import policy as sdk


class Recorder(sdk._PolicyAnalyzerServicer):
    def AnalyzeStack(self, request, context):
        (Path(__file__).parent / "stack.bin").write_bytes(request.SerializeToString())
        return super().AnalyzeStack(request, context)


sdk._PolicyAnalyzerServicer = Recorder
PolicyPack(
    name="recorder",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[StackValidationPolicy(name="is-told", description="Is told.", validate=lambda args, report: None)],
)
'''


def write_empty(folder: Path) -> Path:
    """A program without resources."""
    return _write(folder / "empty", '"""Nothing."""\n\nimport pulumi  # noqa: F401\n')


def write_parameters(folder: Path, name: str, count: int, services: list[str]) -> Path:
    """A program that imports `services` of the provider and makes `count` trivial resources."""
    lines = [
        f'"""{count} trivial resources."""',
        "",
        "import importlib",
        "",
        "import pulumi",
        "import pulumi_aws as aws",
        "from pulumi_aws import ssm",
        "",
        "# The SDK loads a service when one of its attributes is first asked for.",
        f"for service in {services!r}:",
        '    getattr(importlib.import_module(f"pulumi_aws.{service}"), "anything", None)',
        "",
        'here = aws.Provider("aws", region="eu-central-1", allowed_account_ids=["111122223333"])',
        f"for number in range({count}):",
        '    ssm.Parameter(f"parameter-{number}", type="String", value=str(number),',
        "                  opts=pulumi.ResourceOptions(provider=here))",
        "",
    ]
    return _write(folder / name, "\n".join(lines))


def write_one_rule(folder: Path) -> Path:
    """A policy pack with one rule."""
    return _write_pack(folder / "one-rule", "One rule", _ONE_RULE)


def write_recorder(folder: Path) -> Path:
    """A policy pack that writes down the engine's request about the whole stack."""
    return _write_pack(folder / "recorder", "Recorder", _RECORDER)


def recorded(recorder: Path) -> Any:
    """The AnalyzeStackRequest that the pack of `write_recorder` was last asked."""
    return analyzer_pb2.AnalyzeStackRequest.FromString((recorder / "stack.bin").read_bytes())


def imported_services(program: Path) -> list[str]:
    """The provider modules that the components of `program` import."""
    found: set[str] = set()
    for source in sorted((program / "components").glob("*.py")):
        for names in re.findall(r"^from pulumi_aws import (.+)$", source.read_text(), re.MULTILINE):
            found.update(name.strip() for name in names.split(","))
    return sorted(found)


def _write_pack(pack: Path, description: str, program: str) -> Path:
    pack.mkdir(parents=True, exist_ok=True)
    (pack / "PulumiPolicy.yaml").write_text(f"description: {description}\nruntime: python\nversion: 0.1.0\n")
    (pack / "__main__.py").write_text(program)
    return pack


def _write(folder: Path, program: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
    (folder / "__main__.py").write_text(program)
    return folder
