"""Who may do what with a bucket of each kind, as a table of requests.

What this does not prove: that AWS sends the condition keys as its guides say. They are cited in
components/bucket_policy.py.
"""

from collections.abc import Mapping
from functools import cache

import pulumi
import pytest

from components.bucket import Bucket, BucketArgs
from components.bucket_policy import LogWriter
from tests.components.component_graphs import ACCOUNT, document, site
from tests.components.policy_decisions import Decision, Request, decide
from tests.recorder import record

_STRANGER = "999988887777"
_KEY = "arn:aws:kms:eu-central-1:111122223333:key/ours"
_OTHER_KEY = "arn:aws:kms:eu-central-1:111122223333:key/other"
_ALGORITHM = "s3:x-amz-server-side-encryption"
_KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
_OF_CALLER = "s3:x-amz-server-side-encryption-customer-algorithm"
_TLS = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
_OBJECT = "box-bucket-arn/prefix/object"
_BUCKET = "box-bucket-arn"
_WRITER = "writer.amazonaws.com"

ENCRYPTED, PLAIN = _KEY, None


@cache
def _policy(key_arn: str | None) -> list[dict[str, object]]:
    writers = [
        LogWriter(service="old.amazonaws.com", prefix="old", account=ACCOUNT),
        LogWriter(
            service=_WRITER,
            prefix="new",
            account=ACCOUNT,
            source_arn=f"arn:aws:writer:*:{ACCOUNT}:thing/*",
            looks=("s3:GetBucketAcl",),
        ),
    ]

    def build() -> None:
        args = BucketArgs(
            site=site(), key_arn=key_arn, log_bucket=None, abort_uploads_after_days=7, expire_noncurrent_after_days=30
        )
        Bucket("box", args, writers=writers)

    return document(record(build).named("box-policy").inputs["policy"])


def _role(account: str = ACCOUNT, **more: str) -> dict[str, str]:
    return {**_TLS, "aws:PrincipalAccount": account, "aws:PrincipalIsAWSService": "false", **more}


def _headers(algorithm: str, key: str | None = None) -> dict[str, str]:
    return {_ALGORITHM: algorithm} if key is None else {_ALGORITHM: algorithm, _KEY_ID: key}


@pytest.mark.parametrize(
    ("key", "action", "context", "decision"),
    [
        (ENCRYPTED, "s3:PutObject", _role(), Decision.SILENT),
        (ENCRYPTED, "s3:GetObject", _role(), Decision.SILENT),
        (ENCRYPTED, "s3:PutObject", _role() | {"s3:TlsVersion": "1.2"}, Decision.SILENT),
        (ENCRYPTED, "s3:GetObject", _role() | {"s3:TlsVersion": "1.1"}, Decision.DENIED),
        (ENCRYPTED, "s3:GetObject", _role() | {"aws:SecureTransport": "false"}, Decision.DENIED),
        (ENCRYPTED, "s3:GetObject", _role(_STRANGER), Decision.DENIED),
        (ENCRYPTED, "s3:PutObject", _role(_STRANGER) | _headers("aws:kms", _KEY), Decision.DENIED),
        (ENCRYPTED, "s3:GetObject", _TLS, Decision.DENIED),  # without any signature
        (ENCRYPTED, "s3:PutObject", _role() | _headers("aws:kms", _KEY), Decision.SILENT),
        (ENCRYPTED, "s3:PutObject", _role() | _headers("aws:kms", _OTHER_KEY), Decision.DENIED),
        (ENCRYPTED, "s3:PutObject", _role() | _headers("aws:kms"), Decision.DENIED),  # would be AWS's own key
        (ENCRYPTED, "s3:PutObject", _role() | _headers("AES256"), Decision.DENIED),
        (ENCRYPTED, "s3:PutObject", _role() | {_OF_CALLER: "AES256"}, Decision.DENIED),
        (ENCRYPTED, "s3:GetObject", _role() | {_OF_CALLER: "AES256"}, Decision.SILENT),
        (PLAIN, "s3:PutObject", _role(), Decision.SILENT),
        (PLAIN, "s3:PutObject", _role() | _headers("AES256"), Decision.SILENT),
        (PLAIN, "s3:PutObject", _role() | _headers("aws:kms", _KEY), Decision.DENIED),
        (PLAIN, "s3:PutObject", _role() | {_OF_CALLER: "AES256"}, Decision.DENIED),
    ],
)
def test_a_bucket_refuses_other_accounts_old_tls_and_other_encryption_and_decides_nothing_else(
    key: str | None, action: str, context: Mapping[str, str], decision: Decision
) -> None:
    assert decide(_policy(key), Request(action=action, resource=_OBJECT, context=context)) is decision


@pytest.mark.parametrize("resource", [_BUCKET, _OBJECT])
@pytest.mark.parametrize(
    "context", [_role(_STRANGER), _role() | {"aws:SecureTransport": "false"}, _role() | {"s3:TlsVersion": "1.0"}]
)
def test_refusals_of_callers_hold_for_the_bucket_itself_too(resource: str, context: Mapping[str, str]) -> None:
    for action in ("s3:ListBucket", "s3:GetBucketPolicy", "s3:DeleteObjectVersion"):
        request = Request(action=action, resource=resource, context=context)
        assert decide(_policy(ENCRYPTED), request) is Decision.DENIED


def _service(source: str, account: str = ACCOUNT, **more: str) -> dict[str, str]:
    return {**_TLS, "aws:PrincipalIsAWSService": "true", "aws:SourceAccount": account, "aws:SourceArn": source, **more}


_THING = f"arn:aws:writer:eu-central-1:{ACCOUNT}:thing/1"
_FOREIGN_THING = f"arn:aws:writer:eu-central-1:{_STRANGER}:thing/1"


@pytest.mark.parametrize(
    ("service", "action", "resource", "context", "decision"),
    [
        ("old.amazonaws.com", "s3:PutObject", f"{_BUCKET}/old/1", _service(""), Decision.ALLOWED),
        ("old.amazonaws.com", "s3:PutObject", f"{_BUCKET}/new/1", _service(""), Decision.SILENT),
        ("old.amazonaws.com", "s3:PutObject", f"{_BUCKET}/old/1", _service("", _STRANGER), Decision.SILENT),
        ("old.amazonaws.com", "s3:GetBucketAcl", _BUCKET, _service(""), Decision.SILENT),
        (_WRITER, "s3:PutObject", f"{_BUCKET}/new/1", _service(_THING), Decision.ALLOWED),
        (_WRITER, "s3:GetBucketAcl", _BUCKET, _service(_THING), Decision.ALLOWED),
        (_WRITER, "s3:PutObject", f"{_BUCKET}/new/1", _service(_FOREIGN_THING, _STRANGER), Decision.SILENT),
        (_WRITER, "s3:GetObject", f"{_BUCKET}/new/1", _service(_THING), Decision.SILENT),
        ("else.amazonaws.com", "s3:PutObject", f"{_BUCKET}/new/1", _service(_THING), Decision.SILENT),
        (
            _WRITER,
            "s3:PutObject",
            f"{_BUCKET}/new/1",
            {**_service(_THING), **_headers("aws:kms", _KEY)},
            Decision.ALLOWED,
        ),
        (
            _WRITER,
            "s3:PutObject",
            f"{_BUCKET}/new/1",
            {**_service(_THING), **_headers("AES256")},
            Decision.DENIED,
        ),
    ],
)
def test_a_service_writes_below_its_own_prefix_for_this_account_and_does_nothing_else(
    service: str, action: str, resource: str, context: Mapping[str, str], decision: Decision
) -> None:
    request = Request(action=action, resource=resource, service=service, context=context)
    assert decide(_policy(ENCRYPTED), request) is decision


def test_no_statement_denies_the_owner_everything() -> None:
    for statement in _policy(ENCRYPTED):
        assert statement["Effect"] == "Allow" or statement["Condition"]


def test_each_statement_has_a_name_of_its_own() -> None:
    names = [str(statement["Sid"]) for statement in _policy(ENCRYPTED)]
    assert len(names) == len(set(names))
    assert all(name.isalnum() for name in names)


def test_a_bucket_is_named_to_others_only_when_its_policy_and_encryption_stand() -> None:
    def build() -> None:
        args = BucketArgs(
            site=site(), key_arn="key", log_bucket=None, abort_uploads_after_days=7, expire_noncurrent_after_days=30
        )
        box = Bucket("box", args)
        args = BucketArgs(
            site=site(),
            key_arn=box.arn,
            log_bucket=box.bucket_name,
            abort_uploads_after_days=7,
            expire_noncurrent_after_days=30,
        )
        Bucket("user", args, pulumi.ResourceOptions())

    graph = record(build)
    needed = {graph.named(f"box-{part}").urn for part in ("bucket", "policy", "encryption")}
    assert needed <= set(graph.named("user-logging").property_dependencies["targetBucket"])
    assert needed <= set(graph.named("user-encryption").property_dependencies["rules"])
