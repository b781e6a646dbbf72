"""The stand-ins for a host's images hold the programs and users of the published ones, and are made once."""

import json
from collections.abc import Generator

import pytest
from docker.client import DockerClient

from dify.releases import NGINX, POSTGRESQL, REDIS, RELEASES, SQUID
from tests.servers import host_images
from tests.servers.docker_engine import DockerEngine, started

pytestmark = pytest.mark.engine
"""As slow as the engine's tests: the first run on a machine installs a Debian."""

API = next(iter(RELEASES.values())).images["api"]

engine = pytest.fixture(scope="module")(started)


@pytest.fixture(scope="module")
def client(engine: DockerEngine) -> Generator[DockerClient]:
    host_images.load(engine.host)
    with engine.client() as made:
        yield made


def said(client: DockerClient, image: str, *command: str, **options: str) -> str:
    made = client.containers.run(image, command[1:], entrypoint=command[0], remove=True, network_mode="none", **options)  # pyright: ignore[reportArgumentType, reportCallIssue, reportUnknownVariableType]
    return str(made.decode())  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


def test_every_published_name_is_there(client: DockerClient) -> None:
    for name in host_images.published():
        assert client.images.get(name)


def test_what_is_there_is_not_made_again(client: DockerClient, engine: DockerEngine) -> None:
    before = {name: client.images.get(name).id for name in host_images.published()}
    host_images.load(engine.host)
    assert {name: client.images.get(name).id for name in host_images.published()} == before


@pytest.mark.parametrize(
    ("image", "command", "words"),
    [
        (POSTGRESQL, ["postgres", "--version"], "PostgreSQL"),
        (POSTGRESQL, ["pg_basebackup", "--version"], "pg_basebackup"),
        (POSTGRESQL, ["ls", "/usr/share/postgresql/17/extension/vector.control"], "vector.control"),
        (REDIS, ["redis-server", "--version"], "Redis server"),
        (NGINX, ["sh", "-c", "nginx -v 2>&1"], "nginx version"),
        (SQUID, ["squid", "-v"], "Squid Cache"),
        (API, ["python3", "-c", "import cryptography, psycopg2, redis; print('drivers')"], "drivers"),
    ],
)
def test_the_programs_of_the_published_image_are_there(
    client: DockerClient, image: str, command: list[str], words: str
) -> None:
    assert words in said(client, image, *command)


@pytest.mark.parametrize(
    ("image", "name", "number"),
    [(POSTGRESQL, "postgres", 999), (NGINX, "nginx", 101), (SQUID, "proxy", 13), (API, "dify", 1001)],
)
def test_the_users_of_the_published_image_are_there(client: DockerClient, image: str, name: str, number: int) -> None:
    assert said(client, image, "id", "-u", name) == f"{number}\n"


def test_postgresql_makes_a_cluster_with_vectors_as_its_user(client: DockerClient) -> None:
    script = """
    initdb --auth=trust --pgdata=/tmp/data > /dev/null
    pg_ctl --pgdata=/tmp/data --wait --options='-k /tmp' --log=/tmp/log start > /dev/null
    psql -h /tmp postgres -qAtc 'CREATE EXTENSION vector' -c "SELECT '[3,4]'::vector <-> '[0,0]'"
    """
    assert said(client, POSTGRESQL, "sh", "-ec", script, user="999:999") == "5\n"


def test_the_stand_in_for_dify_answers_where_dify_does(client: DockerClient) -> None:
    script = "/bin/bash /entrypoint.sh & until curl --silent --fail http://127.0.0.1:5001/health; do sleep 0.1; done"
    answer = json.loads(said(client, API, "sh", "-c", f"{script} 2> /dev/null", user="1001:1001"))
    assert (answer["service"], answer["path"]) == ("api", "/health")
    assert "database" not in answer
