"""`status` shows a whole stack, names what is wrong, and goes on where AWS refuses an answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from operations.aws.status.condition import Condition
from operations.outcome import ExitCode
from tests.operations.aws.aws_world import NAME, REGION, STACK, AwsWorld, register
from tests.operations.aws.permissions import undocumented
from tests.operations.conftest import Call


def _read(call: Call) -> Condition:
    return Condition.model_validate_json(call("status", "--json").out, strict=False)


def test_a_stack_that_is_well_ends_with_0_and_is_shown_whole(world: AwsWorld, call: Call) -> None:
    ended = call("status")
    lines = ended.out.splitlines()
    assert (ended.code, lines[0], ended.err) == (ExitCode.DONE, "prod: all is well", "")
    assert set(world.outputs["services"]) < {line.split()[0] for line in lines if line}
    beginnings = {line.partition(":")[0] for line in lines}
    assert {"database", "cache", "backup of files", "certificate of the load balancer"} <= beginnings


def test_it_asks_and_changes_nothing(world: AwsWorld, call: Call) -> None:
    call("status")
    assert world.answers.changes == []
    assert [one[:2] for one in world.pulumi_calls] == [["stack", "output"]]


def test_json_has_the_documented_form_and_no_secret(world: AwsWorld, call: Call) -> None:
    said = call("status", "--json").out
    found = Condition.model_validate_json(said, strict=False)
    assert found.stack == STACK
    assert found.problems == ()
    assert found.database is not None
    assert (found.database.zone, found.database.standby_zone) == ("eu-central-1a", "eu-central-1b")
    assert found.cache is not None
    assert [node.role for node in found.cache.nodes] == ["primary", "replica"]
    assert {one.store for one in found.backups} == {"database", "files", "plugins", "history"}
    assert "hidden" not in said


def test_a_service_without_tasks_ends_with_1_and_stands_in_the_first_line(world: AwsWorld, call: Call) -> None:
    world.running["worker"] = 0
    ended = call("status")
    assert ended.code == ExitCode.FAILED
    assert ended.out.splitlines()[0] == "prod: worker: 0 of 3 tasks run"


def test_a_service_that_is_not_there_is_named(world: AwsWorld, call: Call) -> None:
    world.client("ecs").delete_service(cluster=NAME, service="beat", force=True)
    assert "beat is missing; `pulumi up` makes it" in _read(call).problems


def test_a_deployment_that_ecs_took_back_is_told_with_its_reason(world: AwsWorld, call: Call) -> None:
    """The service itself is as before then."""

    def last(asked: dict[str, Any]) -> dict[str, Any]:
        failed = {"status": "ROLLBACK_SUCCESSFUL", "statusReason": "circuit breaker: tasks failed to start"}
        return {"serviceDeployments": [failed if asked["service"] == "web" else {"status": "SUCCESSFUL"}]}

    world.answers.give("ecs:ListServiceDeployments", last)
    assert _read(call).problems == ("the last deployment of web failed (circuit breaker: tasks failed to start)",)


def test_a_failed_deployment_is_told_also_by_the_service_itself(world: AwsWorld, call: Call) -> None:
    world.answers.give("ecs:ListServiceDeployments", {"serviceDeployments": []})
    world.failed["web"] = "tasks failed to start"
    assert _read(call).problems == ("the last deployment of web failed (tasks failed to start)",)


def test_the_release_of_each_service_is_read_from_the_copy_that_it_runs(world: AwsWorld, call: Call) -> None:
    older = register(world, "api", "api", "1.17.0")
    world.client("ecs").update_service(cluster=NAME, service="api", taskDefinition=older)
    found = _read(call)
    assert {one.name: one.tag for one in found.services}["worker"] == "1.17.1"
    assert found.problems == ("api runs api 1.17.0, the stack file says 1.17.1",)


def test_a_task_that_died_is_told_with_its_exit_code(world: AwsWorld, call: Call) -> None:
    died: dict[str, Any] = {
        "taskArn": "arn:aws:ecs:eu-central-1:123456789012:task/dify-prod/one",
        "group": "service:api",
        "stopCode": "EssentialContainerExited",
        "stoppedReason": "Essential container in task exited",
        "stoppedAt": datetime.now(UTC) - timedelta(minutes=5),
        "containers": [{"name": "api", "exitCode": 137, "reason": "OutOfMemoryError"}],
    }
    world.answers.give("ecs:ListTasks", {"taskArns": [died["taskArn"]]})
    world.answers.give("ecs:DescribeTasks", {"tasks": [died]})
    (line,) = _read(call).problems
    assert line.startswith("a task of api ended 5 min ")
    assert line.endswith("exit code 137: Essential container in task exited; api: OutOfMemoryError")


def test_alarms_of_this_stack_ring_with_severity_and_runbook_and_those_of_others_do_not(
    world: AwsWorld, call: Call
) -> None:
    world.ring("database-disk", "page", why="Threshold Crossed")
    world.ring("database-cpu", "ticket")
    world.ring("cache-memory", "page", stack="dify-staging")
    found = _read(call)
    assert [(one.name, one.severity, one.region) for one in found.alarms] == [
        ("database-disk", "page", REGION),
        ("database-cpu", "ticket", REGION),
    ]
    assert found.problems[0] == (
        "alarm database-disk (page): database-disk of the stack; https://example.com/runbooks/database-disk.md"
    )


def test_one_window_of_a_burn_rate_alone_and_a_pager_are_no_alarms_of_their_own(world: AwsWorld, call: Call) -> None:
    def alarm(name: str, *, rings: bool, rule: str = "") -> dict[str, Any]:
        return {
            "AlarmName": name,
            "AlarmArn": f"arn:aws:cloudwatch:{REGION}:123456789012:alarm:{name}",
            "AlarmDescription": "The budget burns. URL",
            "StateValue": "ALARM" if rings else "OK",
            "StateUpdatedTimestamp": datetime.now(UTC),
            **({"AlarmRule": rule} if rule else {}),
        }

    window = alarm("objectives-availability-hour-short-1a2b3c4", rings=True)
    both = f"ALARM({window['AlarmArn']}) AND ALARM(arn:long)"
    pager = alarm(f"{NAME}-database-pager", rings=True, rule="ALARM(arn:one) OR ALARM(arn:two)")

    def show(*composites: dict[str, Any]) -> set[str]:
        def answer(asked: dict[str, Any]) -> dict[str, Any]:
            found = [one for one in composites if one["StateValue"] == asked.get("StateValue", one["StateValue"])]
            metrics = [window] if "MetricAlarm" in asked["AlarmTypes"] else []
            return {"MetricAlarms": metrics, "CompositeAlarms": found}

        world.answers.give("cloudwatch:DescribeAlarms", answer)
        return {one.name for one in _read(call).alarms}

    tags = [{"Key": "stack", "Value": NAME}, {"Key": "severity", "Value": "page"}]
    world.answers.give("cloudwatch:ListTagsForResource", {"Tags": tags})
    name = "objectives-availability-hour"
    assert show(pager, alarm(f"{NAME}-{name}", rings=False, rule=both)) == set()
    assert show(pager, alarm(f"{NAME}-{name}", rings=True, rule=both)) == {name}


def test_unhealthy_targets_are_told_with_their_reason(world: AwsWorld, call: Call) -> None:
    health = [
        {"TargetHealth": {"State": "unhealthy", "Reason": "Target.Timeout", "Description": "Request timed out"}},
        {"TargetHealth": {"State": "draining"}},
    ]
    world.answers.give("elbv2:DescribeTargetHealth", {"TargetHealthDescriptions": health})
    found = _read(call)
    api = next(one for one in found.targets if one.service == "api")
    assert (api.healthy, api.unhealthy, api.coming) == (0, 1, 1)
    assert "the load balancer has no healthy task of api" in found.problems
    assert "1 tasks of api are unhealthy (Request timed out)" in found.problems


def test_free_storage_and_lag_come_from_the_newest_figures(world: AwsWorld, call: Call) -> None:
    now = datetime.now(UTC)
    figures = {"FreeStorageSpace": ("AWS/RDS", "DBInstanceIdentifier", "dify-prod-database", 5.0 * 1024**3)}
    figures["ReplicationLag"] = ("AWS/ElastiCache", "CacheClusterId", "dify-prod-cache-002", 45.0)
    for name, (namespace, dimension, value, measured) in figures.items():
        for age, figure in ((8, measured * 100), (3, measured)):
            world.client("cloudwatch").put_metric_data(
                Namespace=namespace,
                MetricData=[
                    {
                        "MetricName": name,
                        "Dimensions": [{"Name": dimension, "Value": value}],
                        "Value": figure,
                        "Timestamp": now - timedelta(minutes=age),
                    }
                ],
            )
    problems = _read(call).problems
    assert "the database has 5.0 GiB of 100 GiB free" in problems
    assert "cache node dify-prod-cache-002 is 45 s behind" in problems


def test_maintenance_that_waits_is_shown_and_is_no_problem(world: AwsWorld, call: Call) -> None:
    action = {"Action": "os-upgrade", "CurrentApplyDate": datetime(2026, 12, 6, 3, tzinfo=UTC)}
    waiting = [{"ResourceIdentifier": "arn", "PendingMaintenanceActionDetails": [action]}]
    world.answers.give("rds:DescribePendingMaintenanceActions", {"PendingMaintenanceActions": waiting})
    ended = call("status")
    assert ended.code == ExitCode.DONE
    assert "database waits for: maintenance os-upgrade on 2026-12-06" in ended.out


def test_a_waiting_change_is_named_without_its_value(world: AwsWorld, call: Call) -> None:
    def wait(found: dict[str, Any]) -> None:
        for one in found["DBInstances"]:
            one |= {"PendingModifiedValues": {"MasterUserPassword": "not-to-be-shown", "AllocatedStorage": 200}}
            one |= {"SecondaryAvailabilityZone": "eu-central-1b", "LatestRestorableTime": datetime.now(UTC)}

    world.answers.change("rds:DescribeDBInstances", wait)
    said = call("status", "--json").out
    assert "change of MasterUserPassword" in said
    assert "not-to-be-shown" not in said


def test_a_backup_job_that_failed_is_told_until_a_later_one_is_complete(world: AwsWorld, call: Call) -> None:
    job = {
        "BackupJobId": "failed",
        "BackupVaultName": NAME,
        "ResourceArn": world.stores[0],
        "State": "FAILED",
        "StatusMessage": "the role lacks a right",
        "CreationDate": datetime.now(UTC) - timedelta(hours=2),
    }
    world.vault.jobs.append(job)
    assert _read(call).problems == ("the last backup job of database: FAILED: the role lacks a right",)
    world.vault.jobs.append({**job, "State": "COMPLETED", "CreationDate": datetime.now(UTC)})
    assert _read(call).problems == ()


def test_the_certificate_of_cloudfront_is_read_where_cloudfront_is_the_way_in(world: AwsWorld, call: Call) -> None:
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/one"
    world.outputs["distribution"] = "E123"
    world.write_outputs()
    viewer = {"ViewerCertificate": {"ACMCertificateArn": arn}}
    config: dict[str, Any] = {
        "CallerReference": "one",
        "Origins": {"Quantity": 1, "Items": [{"Id": "one", "DomainName": "one.example.com"}]},
        "Comment": "",
        "Enabled": True,
    }
    behaviour = {"TargetOriginId": "one", "ViewerProtocolPolicy": "https-only"}
    distribution: dict[str, Any] = {
        "Id": "E123",
        "ARN": "arn",
        "Status": "Deployed",
        "LastModifiedTime": datetime.now(UTC),
        "InProgressInvalidationBatches": 0,
        "DomainName": "one.cloudfront.net",
        "DistributionConfig": {**config, **viewer, "DefaultCacheBehavior": behaviour},
    }
    world.answers.give("cloudfront:GetDistribution", {"Distribution": distribution})
    ends = datetime.now(UTC) + timedelta(days=3)
    given = {"DomainName": "dify.example.com", "Status": "ISSUED", "NotAfter": ends}
    world.answers.give("acm:DescribeCertificate", {"Certificate": given})
    assert f"the certificate of CloudFront ends on {ends:%Y-%m-%d}" in _read(call).problems


def test_the_other_regions_backups_of_the_database_are_asked_for_there(world: AwsWorld, call: Call) -> None:
    found = _read(call)
    assert found.database is not None
    assert found.database.copy_elsewhere is not None
    assert found.database.copy_elsewhere.region == "eu-west-1"
    assert found.database.copy_elsewhere.latest is not None
    assert "database can be restored in eu-west-1 to: " in call("status").out


@pytest.mark.parametrize(
    "copies",
    [[], [{"DBInstanceAutomatedBackupsArn": "arn:aws:rds:eu-north-1:123456789012:auto-backup:ab-5"}]],
    ids=["none", "elsewhere"],
)
def test_an_instance_without_backups_in_the_region_of_the_stack_file_is_told(
    world: AwsWorld, call: Call, copies: list[dict[str, str]]
) -> None:
    """As one is that a restore has put in the place of the former."""

    as_they_are = world.answers.changed["rds:DescribeDBInstances"]

    def forget(found: dict[str, Any]) -> None:
        as_they_are(found)
        for instance in found["DBInstances"]:
            instance["DBInstanceAutomatedBackupsReplications"] = copies

    world.answers.change("rds:DescribeDBInstances", forget)
    assert _read(call).problems == ("there is no backup of the database in eu-west-1 (docs/operate.md)",)


@pytest.mark.parametrize(
    ("operation", "line"),
    [
        ("rds:DescribeDBInstances", "the database cannot be asked: rds:DescribeDBInstances: got AccessDenied"),
        (
            "rds:DescribeDBInstanceAutomatedBackups",
            "the database's backups in eu-west-1 cannot be asked: rds:DescribeDBInstanceAutomatedBackups",
        ),
        ("ecs:DescribeServices", "services cannot be asked: ecs:DescribeServices: got AccessDenied"),
        ("elasticache:DescribeReplicationGroups", "the cache cannot be asked: elasticache:DescribeReplicationGroups"),
        ("cloudwatch:DescribeAlarms", f"alarms in {REGION} cannot be asked: cloudwatch:DescribeAlarms"),
        ("cloudwatch:GetMetricData", "figures cannot be asked: cloudwatch:GetMetricData"),
        ("backup:ListRecoveryPointsByBackupVault", "backups cannot be asked: backup:ListRecoveryPointsByBackupVault"),
        ("opensearch:DescribeDomain", "the vector store cannot be asked: es:DescribeDomain"),
        ("acm:DescribeCertificate", "the certificate of the load balancer cannot be asked: acm:DescribeCertificate"),
        ("ecs:ListServiceDeployments", "deployments cannot be asked: ecs:ListServiceDeployments"),
        ("elbv2:DescribeTargetHealth", "targets cannot be asked: elasticloadbalancing:DescribeTargetHealth"),
    ],
)
def test_a_refused_question_is_one_line_and_the_rest_is_answered(
    world: AwsWorld, call: Call, operation: str, line: str
) -> None:
    world.running["worker"] = 1
    world.answers.refuse(operation)
    ended = call("status", "--json")
    found = Condition.model_validate_json(ended.out, strict=False)
    assert ended.code == ExitCode.FAILED
    assert ended.err == ""
    assert sum(one.startswith(line) for one in found.unanswered) == 1
    if operation != "ecs:DescribeServices":
        assert "worker: 1 of 3 tasks run" in found.problems[0]


def test_without_credentials_of_the_stacks_account_it_is_a_wrong_call(world: AwsWorld, call: Call) -> None:
    identity = {"Account": "999999999999", "UserId": "one", "Arn": "arn:aws:iam::999999999999:user/ann"}
    world.answers.give("sts:GetCallerIdentity", identity)
    ended = call("status")
    assert ended.code == ExitCode.WRONG_CALL
    assert ended.err.startswith("AWS credentials: got those of account 999999999999; prod is in 123456789012")


def test_the_operators_page_names_every_permission_that_is_used(world: AwsWorld, call: Call) -> None:
    world.ring("database-cpu", "ticket")
    world.answers.asked.clear()
    call("status")
    assert undocumented(world.answers, "status") == set()
