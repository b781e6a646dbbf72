"""A Lambda function of this repository: its package, its role, its log group, and its place in the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path

import pulumi
from pulumi_aws import lambda_

from components.component import Component
from components.iam import Statement, role
from components.log_group import log_group, write_statement
from components.site import LogPolicy, Site

FUNCTIONS = Path(__file__).parent.parent / "functions"
SHARED = FUNCTIONS / "shared"
"""Modules that several functions use; each package carries a copy beside its own modules."""

POSTGRESQL = ("pg8000", "scramp", "asn1crypto", "python-dateutil", "six")
REDIS = ("redis",)
"""Pure Python drivers with what they need, from the environment that uv.lock describes: the same bytes on every
machine. Lambda's runtime brings boto3 and nothing else (AWS Lambda Developer Guide, Python runtimes)."""


@dataclass(frozen=True, kw_only=True)
class Inside:
    """A function's place in the VPC, for those that talk to a store. `after` is what lets it: routes, rules,
    endpoints."""

    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    after: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True, kw_only=True)
class FunctionArgs:
    """`folder` is its package below functions/, whose module of the same name (or `index`) has the `handler`.

    `libraries` are distributions of the locked environment. One call runs at a time: what these functions keep must
    not be changed twice at once.
    """

    site: Site
    logs: LogPolicy
    folder: str
    statements: Sequence[Statement]
    libraries: Sequence[str] = ()
    inside: Inside | None = None
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    timeout_seconds: int = 300
    memory_mib: int = 256


class Function(Component):
    """Its log group and its permissions are there before it is: neither is made by its first call."""

    type_token = "dify:compute:Function"  # noqa: S105

    arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    function_name: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    code_sha256: pulumi.Output[str]

    def __init__(self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._prefix, self._inside = name, args.inside
        physical = f"{args.site.name}-{args.folder.replace('_', '-')}"
        logs = log_group(f"{name}-logs", f"/aws/lambda/{physical}", args.logs, self.child())
        acts_as = role(
            f"{name}-role",
            service="lambda.amazonaws.com",
            site=args.site,
            statements=[*args.statements, write_statement(logs)],
            managed=[] if args.inside is None else ["service-role/AWSLambdaVPCAccessExecutionRole"],
            opts=self.child(),
        )
        function = lambda_.Function(
            f"{name}-function",
            name=physical,
            runtime=lambda_.Runtime.PYTHON3D13,
            architectures=["arm64"],
            handler=f"{_entry(args.folder)}.handler",
            code=package(args.folder, args.libraries),
            role=acts_as,
            timeout=args.timeout_seconds,
            memory_size=args.memory_mib,
            reserved_concurrent_executions=1,
            environment={"variables": args.environment} if args.environment else None,
            vpc_config=None
            if args.inside is None
            else {"subnet_ids": args.inside.subnet_ids, "security_group_ids": [args.inside.security_group_id]},
            logging_config={"log_format": "JSON", "log_group": logs.name},
            opts=self.child(),
        )
        self.arn, self.role_arn = function.arn, acts_as
        self.function_name, self.log_group_name = function.name, logs.name
        self.code_sha256 = function.code_sha256
        self.done()

    def run(
        self, purpose: str, request: pulumi.Input[str], *, after: Sequence[pulumi.Resource] = ()
    ) -> lambda_.Invocation:
        """Call it with the JSON text `request` at every deployment that changes the request or the code. Whoever needs
        what the call does depends on what this gives."""
        return lambda_.Invocation(
            f"{self._prefix}-{purpose}",
            function_name=self.function_name,
            input=request,
            triggers={"code": self.code_sha256},
            opts=self.child(after=[*after, *(self._inside.after if self._inside is not None else ())]),
        )


def package(folder: str, libraries: Sequence[str] = ()) -> pulumi.AssetArchive:
    """The zip of a function: its own modules, the shared ones, and `libraries`."""
    own = [source for place in (FUNCTIONS / folder, SHARED) for source in sorted(place.iterdir())]
    files = {source.name: source for source in own if source.suffix in {".py", ".pem"}}
    for library in libraries:
        found = distribution(library)
        for source in sorted(found.files or (), key=str):
            # A library may ask its own metadata for its version at import (scramp does).
            if source.suffix == ".py" or source.name == "METADATA":
                files[source.as_posix()] = Path(str(found.locate_file(source)))
    return pulumi.AssetArchive({name: pulumi.FileAsset(str(source)) for name, source in files.items()})


def _entry(folder: str) -> str:
    return folder if (FUNCTIONS / folder / f"{folder}.py").exists() else "index"
