"""The environment variables that each image of the newest release reads, as data with sources.

One text file per image: comment lines say where its names come from, then one name a line, sorted. A second part of
a file holds the names that programs inside the image read without being asked to: gunicorn, libpq, the AWS SDK. A
variable that is in no file is a typo, or has been dropped by Dify.
"""

from functools import cache
from importlib.resources import files

from dify.variable_names.required import REASONS, REQUIRED

__all__ = ["IMAGES", "REASONS", "REQUIRED", "names"]

IMAGES = ("api", "web", "plugin-daemon", "sandbox", "ssrf-proxy", "agent-backend", "local-sandbox")
"""Images whose names are known. The api image also runs api-websocket, the workers, the beat and the migration."""


@cache
def names(image: str) -> frozenset[str]:
    """Every variable that `image` reads, its third parties' included; the head of `<image>.txt` names the sources.

    Raises ValueError for an image that has no such file.
    """
    if image not in IMAGES:
        raise ValueError(f"image {image!r} has no list of variables, choose one of {', '.join(IMAGES)}")
    lines = files(__name__).joinpath(f"{image}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
