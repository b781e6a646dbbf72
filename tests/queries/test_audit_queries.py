"""The saved queries: each can run, reads no more than its days, and answers what it promises."""

from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp

from components.audit_queries import description
from tests.queries.athena_world import FILES, TABLES, World, columns, event, text_of, translated, tree

_ANN = "arn:aws:sts::111122223333:assumed-role/Administrators/ann"
_BOB = "arn:aws:sts::111122223333:assumed-role/Developers/bob"
_TASK = "arn:aws:sts::111122223333:assumed-role/dify-prod-api-task/0123456789abcdef"

each_query = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def _asked(file: Path) -> list[str]:
    """What the query's comment says that it asks for, in order."""
    wanted = description(text_of(file.stem)).partition("Asks for: ")[2].removesuffix(".").removesuffix(" (yyyy/mm/dd)")
    values = [part.strip() for part in wanted.split(";")]
    return [one for value in values for one in ([value] * 2 if value.endswith(", twice") else [value])]


def _values(file: Path) -> list[Any]:
    return [2026 if asked in {"year", "month", "day"} else "2026/11/24" for asked in _asked(file)]


def _calls(*rows: dict[str, Any]) -> World:
    return World().add(
        "cloudtrail_logs", *({"day": "2026/11/24", "eventcategory": "Management", **row} for row in rows)
    )


def _call(number: int, source: str, name: str, arn: str | None = _ANN, **more: Any) -> dict[str, Any]:
    return event(
        eventTime=f"2026-11-24T10:00:{number:02d}Z",
        eventSource=f"{source}.amazonaws.com",
        eventName=name,
        eventID=str(number),
        userIdentity={"type": "AssumedRole", "arn": arn},
        eventType="AwsApiCall",
        **more,
    )


def _ids(answer: list[dict[str, Any]]) -> list[int]:
    return [int(row["eventid"]) for row in answer]


@each_query
def test_an_answer_is_in_order_of_time_or_begins_with_the_most(file: Path) -> None:
    asked = tree(file.stem)
    first = asked.args["order"].expressions[0]
    chosen = {one.alias_or_name: one for one in asked.expressions}
    measured = chosen[first.this.name].find(exp.Count, exp.Sum, exp.ApproxQuantile)
    assert bool(first.args.get("desc")) is (measured is not None) is (asked.args.get("group") is not None)


def test_there_are_questions_about_every_table() -> None:
    assert {file.parent.name for file in FILES} == set(TABLES)
    assert len(FILES) == len({file.stem for file in FILES}) >= 12


@each_query
def test_a_query_runs_on_the_table_of_its_folder_and_on_no_other(file: Path) -> None:
    assert {table.name for table in tree(file.stem).find_all(exp.Table)} == {file.parent.name}
    assert World().ask(file.stem, *_values(file)) == []


@each_query
def test_a_query_says_what_it_answers_and_what_it_asks_for(file: Path) -> None:
    assert description(text_of(file.stem)).count("Asks for: ") == 1
    assert len(_asked(file)) == len(list(tree(file.stem).find_all(exp.Placeholder)))


@each_query
def test_a_query_reads_only_the_days_that_it_asks_for(file: Path) -> None:
    where = tree(file.stem).args["where"].this
    demanded = {str(part.sql(dialect="athena")) for part in where.flatten()}
    by_day = {"day BETWEEN ? AND ?"}
    by_number = {"year = ?", "month = ?", "day = ?"}
    assert (by_number if "year" in TABLES[file.parent.name].partitions else by_day) <= demanded


@each_query
def test_a_column_that_does_not_exist_is_found_out(file: Path) -> None:
    """DuckDB refuses unknown columns: the test above could otherwise never fail."""
    broken = translated(file.stem).replace("FROM ", ", no_such_column FROM ", 1)
    with pytest.raises(Exception, match="no_such_column"):
        World().connection.execute(broken, _values(file))


def test_calls_of_a_principal_are_its_own_within_the_days_and_in_order() -> None:
    world = _calls(
        _call(2, "ec2", "RunInstances", requestParameters={"maxCount": 1}),
        _call(1, "iam", "CreateUser", errorCode="AccessDenied"),
        _call(3, "iam", "CreateUser", arn=_BOB),
        {**_call(4, "iam", "CreateUser"), "day": "2026/11/25"},
    )
    answer = world.ask("calls-of-principal", "/ann", "2026/11/23", "2026/11/24")
    assert _ids(answer) == [1, 2]
    assert answer[0]["errorcode"] == "AccessDenied"
    assert answer[1] | {"requestparameters": '{"maxCount": 1}', "principal": _ANN} == answer[1]


def test_calls_from_an_address_name_who_called() -> None:
    world = _calls(
        _call(1, "s3", "ListBuckets", sourceIPAddress="203.0.113.9"),
        _call(2, "s3", "ListBuckets", sourceIPAddress="203.0.113.99"),
        _call(3, "sts", "GetCallerIdentity", arn=None, sourceIPAddress="203.0.113.9"),
    )
    answer = world.ask("calls-from-address", "203.0.113.9", "2026/11/24", "2026/11/24")
    assert [(row["eventid"], row["principal"]) for row in answer] == [("1", _ANN), ("3", "AssumedRole")]


def test_a_role_that_was_assumed_names_role_session_and_principal() -> None:
    asked = {"roleArn": "arn:aws:iam::111122223333:role/deploy", "roleSessionName": "run-7"}
    other = {"roleArn": "arn:aws:iam::111122223333:role/read", "roleSessionName": "x"}
    world = _calls(
        _call(1, "sts", "AssumeRole", requestParameters=asked),
        _call(2, "sts", "AssumeRole", requestParameters=other),
        _call(3, "sts", "GetCallerIdentity", requestParameters=asked),
    )
    (row,) = world.ask("roles-assumed", "role/deploy", "2026/11/24", "2026/11/24")
    assert (row["principal"], row["role"], row["session"]) == (_ANN, asked["roleArn"], "run-7")


def test_reads_of_a_secret_name_reader_and_secret() -> None:
    world = _calls(
        _call(1, "secretsmanager", "GetSecretValue", arn=_TASK, requestParameters={"secretId": "dify-prod/database"}),
        _call(2, "secretsmanager", "DescribeSecret", requestParameters={"secretId": "dify-prod/database"}),
        _call(3, "secretsmanager", "GetSecretValue", requestParameters={"secretId": "dify-prod/cache"}),
        _call(4, "secretsmanager", "BatchGetSecretValue", requestParameters={"filters": []}),
    )
    (row,) = world.ask("reads-of-secrets", "database", "2026/11/24", "2026/11/24")
    assert (row["eventid"], row["principal"], row["secret"]) == ("1", _TASK, "dify-prod/database")
    assert _ids(world.ask("reads-of-secrets", "", "2026/11/24", "2026/11/24")) == [1, 3, 4]


def test_objects_that_were_read_or_deleted_name_the_principal() -> None:
    def touched(number: int, name: str, key: str, bucket: str = "files", **more: Any) -> dict[str, Any]:
        asked = {"bucketName": bucket, "key": key, "versionId": str(number)}
        return {**_call(number, "s3", name, requestParameters=asked, **more), "eventcategory": "Data"}

    world = _calls(
        touched(1, "GetObject", "upload_files/t1/a.pdf", arn=_TASK),
        touched(2, "DeleteObject", "upload_files/t1/a.pdf"),
        touched(3, "GetObject", "upload_files/t2/b.pdf"),
        touched(4, "GetObject", "upload_files/t1/a.pdf", bucket="plugins"),
        _call(5, "s3", "PutBucketPolicy", requestParameters={"bucketName": "files"}),
    )
    answer = world.ask("objects-touched", "files", "upload_files/t1/", "2026/11/24", "2026/11/24")
    assert [(row["eventname"], row["object"], row["version"], row["principal"]) for row in answer] == [
        ("GetObject", "upload_files/t1/a.pdf", "1", _TASK),
        ("DeleteObject", "upload_files/t1/a.pdf", "2", _ANN),
    ]
    assert _ids(world.ask("objects-touched", "files", "", "2026/11/24", "2026/11/24")) == [1, 2, 3]


def test_a_login_shows_outcome_and_second_factor() -> None:
    world = _calls(
        _call(
            1,
            "signin",
            "ConsoleLogin",
            arn="arn:aws:iam::111122223333:user/eve",
            responseElements={"ConsoleLogin": "Failure"},
            additionalEventData={"MFAUsed": "No"},
            errorMessage="Failed authentication",
        ),
        _call(2, "s3", "ListBuckets"),
    )
    (row,) = world.ask("console-logins", "2026/11/24", "2026/11/24")
    assert (row["outcome"], row["second_factor"], row["errormessage"]) == ("Failure", "No", "Failed authentication")


def test_the_root_user_is_told_from_services_that_act_as_root() -> None:
    def root(number: int, **more: Any) -> dict[str, Any]:
        identity = {"type": "Root", "arn": "arn:aws:iam::111122223333:root", **more}
        return {**_call(number, "iam", "CreateAccessKey"), **event(userIdentity=identity)}

    world = _calls(
        root(1),
        root(2, invokedBy="backup.amazonaws.com"),
        _call(3, "iam", "CreateAccessKey"),
        {**root(4), "eventtype": "AwsServiceEvent"},
    )
    assert _ids(world.ask("calls-of-root", "2026/11/24", "2026/11/24")) == [1]


def test_refused_calls_are_counted_by_who_and_what() -> None:
    world = _calls(
        _call(1, "s3", "GetObject", arn=_BOB, errorCode="AccessDenied", sourceIPAddress="203.0.113.1"),
        _call(2, "s3", "GetObject", arn=_BOB, errorCode="AccessDenied", sourceIPAddress="203.0.113.2"),
        _call(3, "ec2", "RunInstances", errorCode="Client.UnauthorizedOperation"),
        _call(4, "ec2", "RunInstances", errorCode="InsufficientInstanceCapacity"),
        _call(5, "ec2", "RunInstances"),
    )
    answer = world.ask("calls-refused", "2026/11/24", "2026/11/24")
    assert [(row["principal"], row["eventname"], row["calls"], row["addresses"]) for row in answer] == [
        (_BOB, "GetObject", 2, 2),
        (_ANN, "RunInstances", 1, 0),
    ]


def test_a_shell_in_a_container_names_who_opened_it_where() -> None:
    asked = {"cluster": "dify-prod", "task": "0123", "container": "api", "command": "/bin/sh"}
    world = _calls(_call(1, "ecs", "ExecuteCommand", requestParameters=asked), _call(2, "ecs", "RunTask"))
    (row,) = world.ask("container-sessions", "2026/11/24", "2026/11/24")
    assert (row["principal"], row["cluster"], row["task"]) == (_ANN, "dify-prod", "0123")
    assert (row["container"], row["command"]) == ("api", "/bin/sh")


def test_every_column_is_lower_case_as_the_catalog_keeps_it() -> None:
    assert all(name == name.lower() for table in TABLES.values() for name in columns(table))
