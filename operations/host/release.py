"""Which release of Dify a host runs, and whether all of it answers."""

from collections.abc import Sequence

from dify.releases import order
from operations.host.docker_host import DockerHost, wait_for
from operations.host.part import ONE_OFF, Part
from operations.host.postgres_pair import PostgresPair
from operations.journal import Step
from operations.outcome import FailedError

KINDS_OF_RELEASE = ("api", "api-websocket", "web", "worker", "beat", "plugin-daemon")
"""Their images change with every release (dify/releases.py)."""

_SCHEMA = "SELECT version_num FROM alembic_version"
"""What Dify's migration leaves in its database (Alembic documentation, "Tutorial")."""

_VERSION = (
    "import urllib.request as r; print(r.urlopen('http://127.0.0.1:5001/health', timeout=10).headers['X-Version'])"
)
"""The api says its version in a header of every answer (langgenius/dify, api/extensions/ext_app_metrics.py)."""

_HEALTH_SECONDS = 900


def running_release(host: DockerHost) -> str:
    """The release of the api. Raises FailedError where no api says one."""
    found = sorted({part.release for part in _parts(host) if part.kind == "api" and part.release}, key=order)
    if not found:
        raise FailedError(f"{host.prefix}-api-1: it is not there, so no release runs; `pulumi up` makes it")
    return found[0]


def others_than(host: DockerHost, release: str) -> list[str]:
    """Parts that carry another release than `release`."""
    return [part.name for part in _parts(host) if part.release not in (None, release)]


def schema(host: DockerHost) -> str:
    """The revision of the database's schema; nothing where Dify has never migrated. Raises FailedError."""
    pair = PostgresPair(host=host)
    primary = pair.named_primary()
    exists = pair.value(primary, "SELECT to_regclass('alembic_version') IS NOT NULL", "dify")
    return pair.value(primary, _SCHEMA, "dify") if exists == "t" else ""


def health_steps(host: DockerHost, release: str) -> Sequence[Step]:
    """Wait till every part serves, then look whether it is `release`."""
    return (
        Step(
            name="health",
            does="waiting for every part to be healthy",
            run=lambda: wait_for("every part is healthy", lambda: not unwell(host), seconds=_HEALTH_SECONDS),
        ),
        Step(name="verify", does=f"checking that {release} answers", run=lambda: _verify(host, release)),
    )


def unwell(host: DockerHost) -> list[str]:
    """Parts that do not serve, and one-off ones that failed."""
    return [
        part.name
        for part in host.parts()
        if (part.exit_code != 0 or part.state != "exited" if part.kind in ONE_OFF else not part.serves)
    ]


def _verify(host: DockerHost, release: str) -> None:
    if others := others_than(host, release):
        raise FailedError(f"{host.prefix}: {', '.join(others)} do not run {release}")
    for part in _parts(host):
        if part.kind == "api":
            said = host.output(part.name, "python3", "-c", _VERSION).strip()
            if said != release:
                raise FailedError(f"{host.prefix}-{part.name}: it says that it is {said}; it must be {release}")


def _parts(host: DockerHost) -> list[Part]:
    return [part for part in host.parts() if part.kind in KINDS_OF_RELEASE]
