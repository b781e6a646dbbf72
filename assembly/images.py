"""Which images the stack runs: copies, or its makers' own."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from assembly.foundation import Foundation
from components.images import BuiltImage, Images, ImagesArgs
from dify.releases import SSRF_PROXY_FOLDER, SSRF_PROXY_VERSION
from dify.services import AGENT_SSRF_PROXY, SSRF_PROXY
from settings import Settings, Source
from settings.plan import images

_FOLDER = Path(__file__).parent.parent / SSRF_PROXY_FOLDER


def build_images(base: Foundation) -> Images:
    """The images of the release, and the SSRF proxy."""
    config = base.config
    return Images(
        "images",
        ImagesArgs(
            site=base.site,
            key_arn=base.keys.images.arn,
            choices=config.images,
            upstream=images(config),
            built={SSRF_PROXY.image: BuiltImage(context=SSRF_PROXY_FOLDER, version=SSRF_PROXY_VERSION)},
        ),
        base.here,
    )


def entries(config: Settings) -> Mapping[str, Sequence[str]]:
    """The entry points of services whose image does not bring them: squid as published knows nothing of Dify, so it
    gets the script and the template of images/ssrf_proxy with its task definition."""
    if config.images.source is Source.MIRROR:
        return {}
    script = (_FOLDER / "entrypoint.sh").read_text(encoding="utf-8")
    template = (_FOLDER / "squid.conf").read_text(encoding="utf-8")
    entry = ["sh", "-c", f"SSRF_PROXY_TEMPLATE=$1; export SSRF_PROXY_TEMPLATE\n{script}", SSRF_PROXY.name, template]
    return dict.fromkeys((SSRF_PROXY.name, AGENT_SSRF_PROXY.name), entry)
