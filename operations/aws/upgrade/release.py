"""Which release of Dify a stack on AWS runs, by the images of its tasks and by what it answers."""

import http.client
import json
import ssl
from collections.abc import Mapping
from typing import Any, cast

from dify.image import ImageName
from dify.releases import RELEASES
from dify.services import API
from operations.aws.deployed import Deployed
from operations.aws.questions import Questions
from operations.aws.status.services import ServicesLook
from operations.outcome import FailedError
from settings.plan import deployments

_INDEX = "/v1/"
"""Names the release, without a key (langgenius/dify 1.17, api/controllers/service_api/index.py)."""

_ANSWER_SECONDS = 10


def running_release(deployed: Deployed) -> str:
    """The release of the api. Raises FailedError where its image is of none that is known, or AWS does not say."""
    tag = _tags(deployed).get(API.name)
    for version in RELEASES:
        if tag == _tag_of(version, API.image):
            return version
    raise FailedError(
        f"{deployed.name}-api: got an image with the tag {tag}; known releases are {', '.join(RELEASES)}; "
        "dify/releases.py has one entry for each"
    )


def others_than(deployed: Deployed, release: str) -> list[str]:
    """Services whose tasks are made from another image than that of `release`."""
    tags = _tags(deployed)
    images = {one.name: one.service.image for one in deployments(deployed.settings)}
    known = RELEASES[release].images
    return [name for name, image in images.items() if image in known and tags.get(name) != _tag_of(release, image)]


def answered_release(domain: str) -> str | None:
    """The release that whoever opens `domain` meets; None where nothing comes back or it names none. A network that
    keeps the caller out is a None as well."""
    connection = http.client.HTTPSConnection(domain, timeout=_ANSWER_SECONDS, context=ssl.create_default_context())
    try:
        connection.request("GET", _INDEX)
        told = cast("object", json.loads(connection.getresponse().read()))
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    found = cast("Mapping[str, Any]", told).get("server_version") if isinstance(told, Mapping) else None
    return found if isinstance(found, str) else None


def _tags(deployed: Deployed) -> dict[str, str | None]:
    questions = Questions()
    found = ServicesLook(deployed=deployed, questions=questions).services()
    if questions.unanswered:
        raise FailedError(questions.unanswered[0])
    return {one.name: one.tag for one in found}


def _tag_of(release: str, image: str) -> str:
    return ImageName.parse(RELEASES[release].images[image]).copy_tag
