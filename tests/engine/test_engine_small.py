"""The real engine with the stand-in provider on a small program: what an operator relies on in every change."""

import json

import pytest
from sandboxes import Place

from sandbox.workspace import providers

pytestmark = pytest.mark.engine

CREATED = {"vpc", "subnet-0", "subnet-1", "group", "key", "bucket", "secret", "database", "role", "read", "far-key"}


def test_a_preview_creates_nothing(small: Place) -> None:
    done = small.preview()
    assert done.code == 0, done.text
    assert done.names("create") >= CREATED
    assert small.resources() == []


def test_what_was_brought_up_has_no_changes_and_can_be_destroyed(small: Place) -> None:
    brought = small.up()
    assert brought.code == 0, brought.text
    assert small.preview("--expect-no-changes").code == 0
    assert small.destroy().code == 0
    assert small.resources() == []


def test_outputs_that_aws_computes_reach_other_resources(small: Place) -> None:
    assert small.up().code == 0
    found = {resource["urn"].rsplit("::", 1)[-1]: resource for resource in small.resources()}
    secret = found["database"]["outputs"]["masterUserSecrets"][0]["secretArn"]
    assert json.loads(found["read"]["inputs"]["policy"])["Statement"][0]["Resource"] == secret


def test_each_provider_makes_its_resources_in_its_own_region(small: Place) -> None:
    assert small.up().code == 0
    found = {resource["urn"].rsplit("::", 1)[-1]: resource for resource in small.resources()}
    assert found["far-key"]["outputs"]["arn"].startswith("arn:aws:kms:eu-west-1:")
    assert found["key"]["outputs"]["arn"].startswith("arn:aws:kms:eu-central-1:")


def test_size_version_and_retention_are_changed_in_place(small: Place) -> None:
    assert small.up().code == 0
    small.configure(size="db.m7g.large", version="16.9", storage="100", retention="30", keyWindow="7")
    done = small.up()
    assert done.code == 0, done.text
    assert done.stateful() == {
        "database": "update",
        "key": "update",
        "far-key": "same",
        "bucket": "same",
        "secret": "same",
    }


def test_a_change_of_identity_replaces(small: Place) -> None:
    assert small.up().code == 0
    small.configure(username="another")
    assert small.preview().stateful()["database"] in ("replace", "create-replacement", "delete-replaced")


def test_a_create_that_fails_half_way_is_finished_by_the_next_up(small: Place) -> None:
    with providers('{"fail_create": 5}') as faulty:
        healthy = dict(small.workspace.environment)
        small.workspace.environment.update(faulty)
        failed = small.up()
        small.workspace.environment.update(healthy)
    assert failed.code != 0
    assert "failed as asked" in failed.text
    made = {resource["urn"] for resource in small.resources() if resource.get("custom")}
    assert 0 < len(made) < len(CREATED)
    finished = small.up()
    assert finished.code == 0, finished.text
    assert made <= {urn for urn, operation in finished.operations.items() if operation == "same"}
    assert {resource["urn"].rsplit("::", 1)[-1] for resource in small.resources()} >= CREATED


def test_what_is_protected_is_not_destroyed_by_the_engine_nor_by_aws(small: Place) -> None:
    small.configure(retain=True)
    assert small.up().code == 0
    refused = small.destroy()
    assert refused.code != 0
    assert "protect" in refused.text
    stopped = small.destroy("--ignore-protect")
    assert stopped.code != 0
    assert "deletionProtection is on" in stopped.text
    assert "database" in {resource["urn"].rsplit("::", 1)[-1] for resource in small.resources()}


def test_a_value_of_the_wrong_kind_never_reaches_aws(small: Place) -> None:
    small.configure(size="db.t4g.medium", storage="twenty")
    done = small.preview()
    assert done.code != 0
    assert "Traceback" in done.text or "storage" in done.text
