"""The four steps in which Secrets Manager rotates a secret (AWS Secrets Manager User Guide, rotation functions).

Every step may be repeated, and a rotation that was interrupted anywhere is finished by all four once more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from botocore.exceptions import BotoCoreError, ClientError
from errors import FunctionError, refusal
from rotation_kind import Kind
from stored_secret import CURRENT, PENDING, SecretsManager, Version, current_version, find_version, put_version


@dataclass(frozen=True)
class Rotation:
    """Of the secret `arn` to the version called `token`."""

    client: SecretsManager
    arn: str
    token: str

    def is_done(self) -> bool:
        """Whether the version is the current one. Raises FunctionError where it is no part of a rotation."""
        try:
            answer = self.client.describe_secret(SecretId=self.arn)
        except (ClientError, BotoCoreError) as error:
            raise refusal(f"secret {self.arn}", "DescribeSecret", error) from None
        stages: list[str] = answer.get("VersionIdsToStages", {}).get(self.token, [])
        if CURRENT in stages:
            return True
        if PENDING not in stages:
            raise FunctionError(f"secret {self.arn}: version {self.token} is not pending; begin the rotation anew")
        return False

    def create(self, kind: Kind) -> None:
        """createSecret: store the pending version, unless it is stored already."""
        if find_version(self.client, self.arn, VersionId=self.token, VersionStage=PENDING) is None:
            fields = kind.next_fields(current_version(self.client, self.arn))
            put_version(self.client, self.arn, fields, self.token, [PENDING])

    def set(self, kind: Kind) -> None:
        """setSecret: make the pending version valid where it is used."""
        kind.make_valid(current_version(self.client, self.arn), self._pending())

    def test(self, kind: Kind) -> None:
        """testSecret: use it."""
        kind.try_out(self._pending())

    def finish(self, _kind: Kind) -> None:
        """finishSecret: make it the current version, in the one call that also ends the rotation."""
        try:
            self.client.update_secret_version_stage(
                SecretId=self.arn,
                VersionStage=CURRENT,
                MoveToVersionId=self.token,
                RemoveFromVersionId=current_version(self.client, self.arn).identity,
            )
        except (ClientError, BotoCoreError) as error:
            raise refusal(f"secret {self.arn}", "UpdateSecretVersionStage", error) from None

    def _pending(self) -> Version:
        version = find_version(self.client, self.arn, VersionId=self.token, VersionStage=PENDING)
        if version is None:
            raise FunctionError(f"secret {self.arn}: version {self.token} holds nothing yet; createSecret comes first")
        return version


STEPS: Mapping[str, Callable[[Rotation, Kind], None]] = MappingProxyType(
    {
        "createSecret": Rotation.create,
        "setSecret": Rotation.set,
        "testSecret": Rotation.test,
        "finishSecret": Rotation.finish,
    }
)
LAST_STEP = "finishSecret"
