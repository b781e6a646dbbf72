"""What AWS measures: a table that cannot be misread, and that tells metrics of one name apart."""

import pytest
import yaml

from policies.guardrails.catalogue import AWS, FOLDER, parse

FILES = sorted(FOLDER.glob("*.yaml"))

GROUP = """
- source: A guide
  namespace: AWS/Test
  dimensions: [[Name], [Name, Zone]]
  every: 60
  statistics: [Average, percentile]
  bounds: [0, 100]
  metrics:
    Load: {unit: Percent}
    Errors: {unit: Count, statistics: [Sum], bounds: [0, null], every: 300, dimensions: [[]]}
"""


def test_a_metric_has_what_its_group_has_but_for_what_it_says_itself() -> None:
    load, errors = parse(GROUP)
    assert (load.statistics, load.every, load.least, load.most) == ({"Average", "percentile"}, 60, 0, 100)
    assert load.dimensions == {frozenset({"Name"}), frozenset({"Name", "Zone"})}
    assert (errors.statistics, errors.every, errors.least, errors.most) == ({"Sum"}, 300, 0, None)
    assert errors.dimensions == {frozenset()}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("  source: A guide", "  origin: A guide"),
        ("- source: A guide", "- source: ' '"),
        ("[Average, percentile]", "[Mean]"),
        ("[Average, percentile]", "[]"),
        ("every: 60", "every: 0"),
        ("[[Name], [Name, Zone]]", "[]"),
        ("bounds: [0, 100]", "bounds: [0]"),
        ("{unit: Percent}", "{unit: Percent, stat: Sum}"),
        ("{unit: Percent}", "{}"),
        (GROUP, "nothing"),
    ],
)
def test_a_slip_in_the_table_is_refused(right: str, wrong: str) -> None:
    changed = GROUP.replace(right.strip(), wrong.strip())
    assert changed != GROUP
    with pytest.raises(ValueError):  # noqa: PT011  unpacking says it in its own words
        parse(changed)


def test_every_file_is_in_the_catalogue() -> None:
    written = sum(len(group["metrics"]) for file in FILES for group in yaml.safe_load(file.read_text(encoding="utf-8")))
    assert sum(len(parse(file.read_text(encoding="utf-8"))) for file in FILES) == written
    namespaces = {measure.namespace for file in FILES for measure in parse(file.read_text(encoding="utf-8"))}
    assert namespaces == AWS.namespaces


def test_no_two_measures_of_one_name_are_kept_under_the_same_dimensions() -> None:
    kept = [
        (measure.namespace, measure.name, under)
        for file in FILES
        for measure in parse(file.read_text(encoding="utf-8"))
        for under in measure.dimensions
    ]
    assert len(set(kept)) == len(kept)


def test_a_count_of_connections_is_told_apart_by_whose_they_are() -> None:
    of_instance = AWS.find("AWS/RDS", "DatabaseConnections", frozenset({"DBInstanceIdentifier"}))
    of_proxy = AWS.find("AWS/RDS", "DatabaseConnections", frozenset({"ProxyName"}))
    assert of_instance is not None
    assert of_proxy is not None
    assert ("Maximum" in of_instance.statistics, of_proxy.statistics) == (True, {"Sum"})


def test_what_nobody_keeps_is_not_found() -> None:
    by_role = frozenset({"ProxyName", "TargetGroup", "TargetRole"})
    assert AWS.find("AWS/RDS", "DatabaseConnectionsBorrowLatency", by_role) is None
    assert AWS.named("AWS/RDS", "Deadlocks") == []
