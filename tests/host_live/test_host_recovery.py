"""A stack that is gone with its host comes back on another one, from the copy of its backup and the kept secrets."""

import time
from collections.abc import Generator
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from tests.host_live.figures import keep
from tests.host_live.load import APPEND, WRITE, steady
from tests.host_live.stack import SMALL, HostStack, brought_up, host_stack, secrets_of
from tests.servers.docker_engine import BUSYBOX, DockerEngine

pytestmark = pytest.mark.live

BUCKET = "example-dify-backups"
COPY = ("--bucket", BUCKET, "--prefix", "host")

KEEPER = "/volumes/secrets-keeper"


@pytest.fixture(scope="module")
def s3() -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        with mock_aws():
            client = cast("Any", boto3).client("s3", region_name="eu-central-1")
            client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
            yield


@pytest.fixture(scope="module")
def stack(engine: DockerEngine, tmp_path_factory: pytest.TempPathFactory, s3: None) -> Generator[HostStack]:
    services = {**SMALL["dify:services"], "collaboration": {"enabled": False}}
    for kind in ("web", "api", "worker"):
        services[kind] = {**services[kind], "instances": 1}
    changes = {"dify:environment": "staging", "dify:lifecycle": "disposable", "dify:services": services}
    with host_stack(engine, tmp_path_factory.mktemp("host"), changes) as made:
        brought_up(made)
        made.wait_backed_up()
        yield made


def kept(stack: HostStack) -> dict[str, set[str]]:
    """Everything that users have stored."""
    files = stack.host.output("api-1", "sh", "-c", "cd /app/api/storage && find . -type f -exec sha256sum {} +")
    return {
        "rows": stack.column("SELECT id || '=' || text FROM rows"),
        "appended": stack.column("SELECT id FROM appended"),
        "files": set(files.splitlines()),
    }


@pytest.fixture(scope="module")
def before(stack: HostStack) -> dict[str, Any]:
    """What was there and which secrets it had, when it had been backed up, and the host had been emptied after that."""
    with steady(stack.address, [WRITE, APPEND]) as load:
        load.wait(500)
    for name in ("first", "second"):
        assert stack.ask("PUT", f"/files/{name}", f"the {name} file of a user").status == 200
    begun = time.monotonic()
    assert stack.operate("backup", "--copy", *COPY) == 0
    keep("backup and copy", seconds=round(time.monotonic() - begun))
    found: dict[str, Any] = {"kept": kept(stack), "secrets": secrets_of(stack)}
    assert len(found["kept"]["rows"]) > 100
    assert len(found["kept"]["files"]) >= 2
    secrets, _ = stack.host.client.get_archive("dify-host-secret-keeper", KEEPER)
    found["volume"] = b"".join(secrets)
    return found


def test_a_destroy_of_a_disposable_stack_leaves_nothing(stack: HostStack, before: dict[str, Any]) -> None:
    destroyed = stack.place.destroy()
    assert destroyed.code == 0, destroyed.text
    assert stack.host.parts() == ()
    assert stack.host.volumes() == {}
    assert stack.host.client.networks(filters={"label": "dify.stack=host"}) == []


def test_an_empty_host_has_every_row_file_and_secret_again(stack: HostStack, before: dict[str, Any]) -> None:
    bring_back_secrets(stack, before["volume"])
    begun = time.monotonic()
    brought_up(stack)
    assert secrets_of(stack) == before["secrets"]
    up = time.monotonic()
    assert stack.operate("restore", "--from-s3", *COPY) == 0
    keep("restore on an empty host", up_s=round(up - begun), restore_s=round(time.monotonic() - up))
    assert kept(stack) == before["kept"]
    assert stack.ask("GET", "/files/second").data == b"the second file of a user\n"
    stack.wait_well()


def bring_back_secrets(stack: HostStack, archive: bytes) -> None:
    """The volume as the password safe has it."""
    client = stack.host.client
    client.create_volume("dify-host-secrets-keeper", labels={"dify.stack": "host", "dify.part": "secrets-keeper"})
    made = client.create_container(
        BUSYBOX,
        ["true"],
        host_config=client.create_host_config(binds=[f"dify-host-secrets-keeper:{KEEPER}"], network_mode="none"),
    )
    client.put_archive(made["Id"], KEEPER.rpartition("/")[0], archive)
    client.remove_container(made["Id"])
