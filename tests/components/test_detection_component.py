"""What watches the account."""

import json
from functools import cache

import pytest

from components.detection import AGENTS, WATCHED, Detection, DetectionArgs
from components.notice import Desk
from settings.detection import Detection as Choices
from settings.severity import Severity
from tests.components.component_graphs import site
from tests.recorder import Graph, record

_KINDS = {
    "guardDuty": {"Detector", "DetectorFeature"},
    "config": {"Recorder", "DeliveryChannel", "RecorderStatus"},
    "securityHub": {"Account", "StandardsSubscription"},
    "accessAnalyzer": {"Analyzer"},
    "inspector": {"Enabler"},
    "accountDefaults": {"AccountPublicAccessBlock", "EncryptionByDefault", "AccountPasswordPolicy"},
}
_NOTICES = {
    "threats": ("aws.guardduty", "page"),
    "controls": ("aws.securityhub", "ticket"),
    "shared": ("aws.access-analyzer", "ticket"),
    "packages": ("aws.inspector2", "ticket"),
}
_DESK = Desk(topics={severity: f"topic-{severity.value}" for severity in Severity}, runbooks="https://x.example/r")


@cache
def _detection(off: str = "") -> Graph:
    choices = Choices.model_validate({off: False} if off else {})
    args = DetectionArgs(site=site(), choices=choices, log_bucket="logs", desk=_DESK)
    return record(lambda: Detection("detection", args))


def _kinds(graph: Graph) -> set[str]:
    return {one.type.rsplit(":", 1)[-1] for one in graph.resources if one.custom} - {"EventRule", "EventTarget"}


def test_everything_watches_by_default() -> None:
    assert _kinds(_detection()) == set[str]().union(*_KINDS.values())


@pytest.mark.parametrize("off", _KINDS)
def test_what_the_organisation_does_is_switched_off_alone(off: str) -> None:
    assert _kinds(_detection(off)) == _kinds(_detection()) - _KINDS[off]


def test_guard_duty_reads_objects_logins_functions_and_what_runs_but_places_no_agents() -> None:
    features = {one.inputs["name"]: one.inputs for one in _detection().of(":DetectorFeature")}
    assert set(features) == set(WATCHED)
    assert {one["status"] for one in features.values()} == {"ENABLED"}
    agents = {one["name"]: one["status"] for one in features["RUNTIME_MONITORING"]["additionalConfigurations"]}
    assert agents == dict.fromkeys(AGENTS, "DISABLED")
    assert _detection().one(":Detector").inputs["enable"] is True


def test_config_records_everything_with_its_service_linked_role_and_starts_only_when_it_can_deliver() -> None:
    graph = _detection()
    recorder, channel, status = (graph.one(kind) for kind in (":Recorder", ":DeliveryChannel", ":RecorderStatus"))
    assert recorder.inputs["recordingGroup"] == {"allSupported": True, "includeGlobalResourceTypes": True}
    assert recorder.inputs["roleArn"].endswith("aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig")
    assert (channel.inputs["s3BucketName"], channel.inputs["s3KeyPrefix"]) == ("logs", "config")
    assert status.inputs["isEnabled"] is True
    assert channel.urn in status.dependencies
    assert recorder.urn in channel.dependencies


def test_security_hub_checks_two_standards_of_the_stacks_region_once_it_is_on() -> None:
    graph = _detection()
    standards = graph.of(":StandardsSubscription")
    assert {one.inputs["standardsArn"] for one in standards} == {
        "arn:aws:securityhub:eu-central-1::standards/aws-foundational-security-best-practices/v/1.0.0",
        "arn:aws:securityhub:eu-central-1::standards/cis-aws-foundations-benchmark/v/5.0.0",
    }
    assert all(graph.one("securityhub/account:Account").urn in one.dependencies for one in standards)


def test_the_analyzer_looks_at_the_account_and_inspector_at_images_and_functions() -> None:
    assert _detection().one(":Analyzer").inputs["type"] == "ACCOUNT"
    inspector = _detection().one(":Enabler").inputs
    assert (inspector["accountIds"], inspector["resourceTypes"]) == (["111122223333"], ["ECR", "LAMBDA"])


def test_the_accounts_own_switches_are_on() -> None:
    graph = _detection()
    block, passwords = graph.one(":AccountPublicAccessBlock").inputs, graph.one(":AccountPasswordPolicy").inputs
    flags = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert all(block[flag] is True for flag in flags)
    assert graph.one(":EncryptionByDefault").inputs["enabled"] is True
    assert (passwords["minimumPasswordLength"], passwords["passwordReusePrevention"]) == (14, 24)


@pytest.mark.parametrize(("purpose", "source", "severity"), [(name, *rest) for name, rest in _NOTICES.items()])
def test_grave_findings_of_each_service_reach_the_topic_as_a_sentence(purpose: str, source: str, severity: str) -> None:
    rule = _detection().named(f"detection-{purpose}")
    target = _detection().named(f"detection-{purpose}-topic")
    pattern = json.loads(rule.inputs["eventPattern"])
    assert pattern["source"] == [source]
    assert pattern["detail"]
    assert target.inputs["arn"] == f"topic-{severity}"
    assert rule.urn in target.property_dependencies["rule"]
    assert "<title>" in target.inputs["inputTransformer"]["inputTemplate"]
    assert target.inputs["retryPolicy"]["maximumEventAgeInSeconds"] == 3600
