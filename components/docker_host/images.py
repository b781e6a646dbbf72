"""The images that a host runs, pulled before anything is replaced by them."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from components.component import Component


@dataclass(frozen=True, kw_only=True)
class HostImagesArgs:
    """`published` says where each image is, by the name that its containers know it by."""

    published: Mapping[str, str]


class HostImages(Component):
    """One image of each name. They stay on the host: the way back to the release before needs no registry."""

    type_token = "dify:host:Images"  # noqa: S105

    ids: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: HostImagesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.ids = {
            image: docker.RemoteImage(f"{name}-{image}", name=published, keep_locally=True, opts=self.child()).image_id
            for image, published in args.published.items()
        }
        self.done()
