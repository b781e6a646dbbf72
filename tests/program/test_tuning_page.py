"""docs/tune.md says what the program does: each value, what it follows, and what rings when it is wrong."""

import pickle
import re

import pytest

from dify.postgresql import postgresql_settings
from settings.host.stack import HostSettings
from settings.keys import field_at
from settings.stack import Settings
from tests.alarm_page import Line, lines_of
from tests.components.program_variants import POOLED, values_of, variant
from tests.recorder import Graph
from tests.recordings import once, recorded
from tests.tuning.knob import Knob, Reading, Stack
from tests.tuning.page import PAGE, TABLES, tables, with_tables
from tests.tuning.turned import TURNED, variants

_KNOBS = [knob for table in TABLES for knob in table.knobs]
_READINGS = [
    pytest.param(knob, reading, id=f"{reading.stack.value} {knob.name}") for knob in _KNOBS for reading in knob.readings
]
_ROOTS = {Stack.AWS: Settings, Stack.POOLED: Settings, Stack.HOST: HostSettings}
_LOGGED = re.compile(r"log_")


def _graphs() -> dict[Stack, Graph]:
    return {Stack.AWS: recorded("prod"), Stack.POOLED: variant(POOLED), Stack.HOST: recorded("host")}


def _alarms() -> list[Line]:
    lines: list[Line] = pickle.loads(once("alarm-lines", lambda: lines_of("prod")))  # noqa: S301  our own file
    return lines


def test_the_tables_of_the_page_are_those_of_the_program() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_tables(page, _graphs(), _alarms()) == page, "run: python -m tests.tuning.page"


def test_a_page_that_lacks_the_place_of_a_table_is_refused() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for wrong in (page.replace(": pools -->", ": puddles -->"), ""):
        with pytest.raises(ValueError, match=r"tune\.md has places for"):
            with_tables(wrong, _graphs(), _alarms())


@pytest.mark.parametrize(("knob", "reading"), _READINGS)
def test_a_parameter_follows_the_settings_that_the_page_names_and_no_other(knob: Knob, reading: Reading) -> None:
    if reading.stack is Stack.POOLED:
        assert not reading.settings
        return
    asis = reading.read(_graphs()[reading.stack])
    for changes in variants(reading.stack):
        changed = reading.read(recorded(reading.stack.value, values=values_of(reading.stack.value, dict(changes))))
        follows = [key for key in reading.settings if key in changes]
        assert (changed != asis) is bool(follows), f"{knob.name}: {asis} became {changed} with {sorted(changes)}"


@pytest.mark.parametrize("stack", TURNED)
def test_every_setting_that_is_turned_is_one_that_a_parameter_follows(stack: Stack) -> None:
    named = {key for knob in _KNOBS for reading in knob.readings if reading.stack is stack for key in reading.settings}
    assert named == {*TURNED[stack]}


def test_every_setting_that_the_page_names_is_a_key_of_the_stack_file() -> None:
    for knob in _KNOBS:
        for reading in knob.readings:
            for key in reading.settings:
                assert field_at(tuple(key.split(".")), _ROOTS[reading.stack]) is not None, key


def test_every_parameter_that_the_memory_of_a_host_decides_is_on_the_page() -> None:
    said = "".join(tables(_graphs(), _alarms()).values())
    assert [
        name for name in postgresql_settings(4096, 100) if f"`{name}`" not in said and not _LOGGED.match(name)
    ] == []
