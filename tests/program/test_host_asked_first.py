"""An update of a Docker host asks first whether the host can carry it; a preview needs no host."""

import runpy
from datetime import UTC, datetime
from unittest import mock

import pulumi
import pytest
from pulumi import runtime

from operations.host.preflight import HostFacts
from settings.stack_file import read_values
from tests.recorder import ROOT, Graph, record

NOWHERE = HostFacts(now=datetime.now(UTC), unreachable="Connection refused")
FITS = HostFacts(now=NOWHERE.now, docker_version="27.0.1")


def program(facts: HostFacts, *, preview: bool) -> Graph:
    """What the program registers on a host of which these `facts` are known."""
    runtime.set_all_config(read_values(ROOT / "Pulumi.host.yaml"), [])
    with mock.patch("operations.host.host_facts.read_facts", return_value=facts):
        main = str(ROOT / "__main__.py")
        return record(lambda: runpy.run_path(main, run_name="__main__"), stack="host", preview=preview)


def test_an_update_registers_nothing_on_a_host_that_cannot_carry_it() -> None:
    with (
        mock.patch("assembly.host.docker.Provider", side_effect=AssertionError),
        pytest.raises(pulumi.RunError, match=r"^Docker at unix:.*: got Connection refused; .*; start it"),
    ):
        program(NOWHERE, preview=False)


def test_an_update_goes_on_where_the_host_can_carry_it() -> None:
    assert program(FITS, preview=False).resources


def test_a_preview_asks_no_host() -> None:
    assert program(NOWHERE, preview=True).resources
