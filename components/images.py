"""The images that tasks run: copied from their makers' registries, or built here, into repositories of this stack."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_docker as docker
from pulumi_aws import ecr

from components.component import Component
from components.iam import Statement, allow
from components.site import Site
from dify.image import SHORT, ImageName
from settings.images import Images as Choices
from settings.images import Source

ROOT = Path(__file__).parent.parent
"""What build contexts are relative to, which is also where Pulumi runs the program and its providers."""

PLATFORM = "linux/amd64"
"""Docker's name of the architecture that task definitions ask of Fargate (X86_64)."""


@dataclass(frozen=True, kw_only=True)
class BuiltImage:
    """An image of this repository: the folder of its Dockerfile, relative to the repository's root, and the version
    that its tags begin with."""

    context: str
    version: str


@dataclass(frozen=True, kw_only=True)
class ImagesArgs:
    """`upstream` are published images by name, `built` those of this repository."""

    site: Site
    key_arn: pulumi.Input[str]
    choices: Choices
    upstream: Mapping[str, str]
    built: Mapping[str, BuiltImage]


class Images(Component):
    """`references` are what task definitions name, by image: the copy's repository and digest, or the published image
    itself where the stack does not mirror; such a stack has no built images.

    The machine that deploys needs Docker and a credential helper for ECR (docs/decisions/0013): no password enters the
    program or its state.
    """

    type_token = "dify:compute:Images"  # noqa: S105

    references: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: ImagesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._repository_arns: dict[str, pulumi.Output[str]] = {}
        if args.choices.source is Source.MIRROR:
            registry = docker.Provider(
                f"{name}-registry",
                # Alone, an address means: ask Docker's own configuration. It must be the host of the repositories.
                registry_auth=[{"address": f"{args.site.account}.dkr.ecr.{args.site.region}.amazonaws.com"}],
                opts=self.child(),
            )
            self._there = pulumi.ResourceOptions(parent=self, provider=registry)
            copies = {image: self._copied(f"{name}-{image}", image, source) for image, source in args.upstream.items()}
            built = {image: self._built(f"{name}-{image}", image, source) for image, source in args.built.items()}
            self.references = {**copies, **built}
        else:
            self.references = {image: pulumi.Output.from_input(source) for image, source in args.upstream.items()}
        self.done()

    def pull_statements(self, *images: str) -> list[Statement]:
        """Pull these images, all where none is named. For the role that starts a task; none where nothing is mirrored.

        ECR decrypts by a grant of its own: whoever pulls needs no permission on the key (Amazon ECR User Guide,
        Encryption at rest).
        """
        if not self._repository_arns:
            return []
        return [
            # IAM knows no resource for the login (Service Authorization Reference, Amazon ECR).
            allow("RegistryLogin", ["ecr:GetAuthorizationToken"], "*"),
            allow(
                "PullImages",
                ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                [self._repository_arns[image] for image in images or self._repository_arns],
            ),
        ]

    def _copied(self, name: str, image: str, source: str) -> pulumi.Output[str]:
        repository = self._repository(name, image)
        original = docker.RemoteImage(
            f"{name}-original", name=source, platform=PLATFORM, keep_locally=True, opts=self._there
        )
        tag = docker.Tag(
            f"{name}-tag",
            # By its id, not its name: another image under the same name is tagged again.
            source_image=original.image_id,
            target_image=_tagged(repository, ImageName.parse(source).copy_tag),
            opts=self._there,
        )
        return self._pushed(name, repository, tag.target_image)

    def _built(self, name: str, image: str, source: BuiltImage) -> pulumi.Output[str]:
        repository = self._repository(name, image)
        content = folder_digest(ROOT / source.context)
        original = docker.RemoteImage(
            f"{name}-original",
            # Tags are immutable, so every content has its own.
            name=_tagged(repository, f"{source.version}-{content[:SHORT]}"),
            build=docker.RemoteImageBuildArgs(context=source.context, platform=PLATFORM),
            triggers={"content": content},
            keep_locally=True,
            opts=self._there,
        )
        return self._pushed(name, repository, original.name)

    def _pushed(self, name: str, repository: ecr.Repository, tagged: pulumi.Output[str]) -> pulumi.Output[str]:
        copy = docker.RegistryImage(f"{name}-copy", name=tagged, keep_remotely=True, opts=self._there)
        return pulumi.Output.format("{0}@{1}", repository.repository_url, copy.sha256_digest)

    def _repository(self, name: str, image: str) -> ecr.Repository:
        site = self._args.site
        repository = ecr.Repository(
            f"{name}-repository",
            name=f"{site.name}/{image}",
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": self._args.key_arn}],
            force_delete=not site.retains,
            opts=self.child(),
        )
        ecr.LifecyclePolicy(
            f"{name}-lifecycle",
            repository=repository.name,
            policy=json.dumps(_lifecycle(self._args.choices.keep_images)),
            opts=self.child(),
        )
        self._repository_arns[image] = repository.arn
        return repository


def folder_digest(folder: Path) -> str:
    """SHA-256 over all files of a folder: their paths, whether they can be executed, and what they hold.

    Raises FileNotFoundError where there is none.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        message = f"{folder} has no files to build an image from"
        raise FileNotFoundError(message)
    digest = hashlib.sha256()
    for path in files:
        described = [path.relative_to(folder).as_posix(), bool(path.stat().st_mode & 0o100), len(path.read_bytes())]
        digest.update(json.dumps(described).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _tagged(repository: ecr.Repository, tag: str) -> pulumi.Output[str]:
    return repository.repository_url.apply(lambda url: f"{url}:{tag}")


def _lifecycle(keep: int) -> dict[str, object]:
    """Grammar: Amazon ECR User Guide, Lifecycle policy properties."""
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep}
    return {"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]}
