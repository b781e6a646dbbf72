"""The table of capacity, and the command that prints it."""

import json
import re
from pathlib import Path

import pytest
import yaml

from dify.queues import ALL_QUEUES
from settings.__main__ import main
from settings.capacity_table import table
from tests.settings.stack_files import parsed, values

ROOT = Path(__file__).parents[2]

TABLE = """\
service        tasks  deploying  vCPU  GiB  db connections  redis clients  ENIs
web              2-3          6    12   24               0              0     6
api              3-5         10    40   80             500           8200    10
worker           3-6         12    24   48             300            504    12
beat               1          1   0.5    1              20             12     1
plugin-daemon      1          1     2    8              20             40     1
sandbox          2-4          8     8   16               0              0     8
ssrf-proxy       2-4          8     4    8               0              0     8
api-websocket    2-4          8     4   16             160          16080     8
migration          1          1     1    4              20             12     1

budget                        needed  admitted  share  headroom
database connections            1035      1802   57 %       767
cache clients                  24858     65000   38 %     40142
requests at once                 800       800  100 %         0
runs at once                      32        32  100 %         0
Fargate vCPUs                   95.5       500   19 %     404.5
network interfaces               119      5000    2 %      4881
addresses per private subnet      36      4091    1 %      4055
addresses per data subnet          7      4091    0 %      4084"""


def test_the_table_of_the_production_guides_sizes() -> None:
    assert table(parsed({})) == TABLE


def test_behind_rds_proxy_the_table_says_what_the_proxy_may_use() -> None:
    assert re.search(r"^database connections +540 +1621 ", table(parsed({"database.proxy": True})), re.MULTILINE)


def test_each_group_of_workers_has_a_row() -> None:
    rows = table(parsed({"services.workerGroups": [{"name": "all", "queues": list(ALL_QUEUES)}]})).splitlines()
    assert [row.split()[0] for row in rows if row.startswith("worker")] == ["worker-all"]


@pytest.mark.parametrize("stack", ["prod", "staging", "dev"])
def test_the_command_prints_the_table_of_a_tracked_stack(
    stack: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["capacity", stack]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("service ")
    assert " -" not in printed  # no headroom is below zero


def test_the_command_says_by_how_much_a_plan_is_over_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = values({"quotas.fargateVcpus": 90})
    document = {key: json.loads(value) if value[0] in "[{" else value for key, value in given.items()}
    (tmp_path / "Pulumi.prod.yaml").write_text(yaml.safe_dump({"config": document}), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["capacity", "prod"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "= 95.5 vCPUs, but the quota admits 90" in printed.err
