"""The scripts of the databases and of the backups: brought whole, and run anew where one of them changes."""

import re
from pathlib import Path

import pytest

from components.docker_host import backup, database
from components.docker_host.container import digest
from tests.components.host_graphs import containers, host_graph, labels, programs

_SCRIPTS = Path(__file__).parents[2] / "components/docker_host/scripts"
_TAKES_IN = re.compile(r"""^(?:\. |\w+=\$\(<)".*/(\w+\.(?:sh|sql))"\)?$""", re.MULTILINE)
"""A line that takes in what lies beside the script."""


def test_every_script_is_brought_to_the_host_as_it_is() -> None:
    kept = {path.name: path.read_text() for path in _SCRIPTS.iterdir() if path.is_file() and path.stem != "__init__"}
    brought = programs(host_graph())
    assert {name: brought.get(name) for name in kept} == kept


@pytest.mark.parametrize(("part", "scripts"), [("postgres-a", database.SCRIPTS), ("backup", backup.SCRIPTS)])
def test_another_text_in_any_of_its_scripts_makes_a_container_anew(part: str, scripts: tuple[str, ...]) -> None:
    brought = programs(host_graph())
    assert labels(containers(host_graph())[part])["dify.programs"] == digest({name: brought[name] for name in scripts})


@pytest.mark.parametrize("scripts", [database.SCRIPTS, backup.SCRIPTS], ids=["database", "backup"])
def test_a_script_takes_in_only_what_its_own_container_is_made_anew_for(scripts: tuple[str, ...]) -> None:
    brought = programs(host_graph())
    taken_in = {part for name in scripts for part in _TAKES_IN.findall(brought[name])}
    assert taken_in
    assert taken_in <= {*scripts}
