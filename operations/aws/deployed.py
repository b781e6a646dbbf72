"""A stack as it stands in AWS: its settings, its outputs, and clients for its account and region."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from operations.outcome import FailedError, WrongCallError
from operations.pulumi_program import PulumiProgram
from settings.stack import Settings
from settings.stack_file import parse_file


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """`outputs` are those of assembly/outputs.py; `program` is what made them."""

    stack: str
    settings: Settings
    outputs: Mapping[str, Any]
    program: PulumiProgram

    @classmethod
    def reach(cls, stack: str, pulumi: str) -> "Deployed":
        """The deployed `stack` whose file is in this folder, with AWS credentials as every tool of AWS finds them.

        Raises ConfigurationError for its file, WrongCallError for credentials that are none or another account's, and
        FailedError where the stack was not deployed or cannot be asked."""
        settings = parse_file(Path(f"Pulumi.{stack}.yaml"), stack)
        program = PulumiProgram(stack=stack, folder=Path.cwd(), pulumi=pulumi)
        program.find()
        outputs = program.outputs()
        if "cluster" not in outputs:
            raise FailedError(f"{stack}: it has no outputs, so it was never deployed; `pulumi up` does it")
        found = cls(stack=stack, settings=settings, outputs=outputs, program=program)
        account = found._account()
        if account != settings.account:
            raise WrongCallError(
                f"AWS credentials: got those of account {account}; {stack} is in {settings.account}; set AWS_PROFILE"
            )
        return found

    def client(self, service: str, region: str | None = None) -> Any:
        """A client of `service` in the stack's region, or in another."""
        return cast("Any", boto3).client(service, region_name=region or self.settings.region)

    @property
    def name(self) -> str:
        """What names in AWS begin with."""
        return f"dify-{self.stack}"

    def _account(self) -> str:
        try:
            return cast("str", self.client("sts").get_caller_identity()["Account"])
        except (BotoCoreError, ClientError) as error:
            raise WrongCallError(f"AWS credentials: {error}; log in, or set AWS_PROFILE") from None
