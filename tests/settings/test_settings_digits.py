"""Python's `\\d` takes digits of every script, AWS and Docker those of ASCII alone."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import settings
from settings import ConfigurationError
from tests.settings.stack_files import parsed


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("account", "١١١١٢٢٢٢٣٣٣٣"),
        ("database.engineVersion", "16.٩"),
        ("database.maintenanceWindow", "sun:0٣:00-sun:04:00"),
        (
            "mail",
            {"sender": "dify@example.com", "login": "arn:aws:secretsmanager:eu-central-1:١١١١٢٢٢٢٣٣٣٣:secret:a-AbCdEf"},
        ),
    ],
)
def test_digits_of_another_script_are_refused(key: str, value: object) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parsed({key: value})
    assert refused.value.lines[0].startswith(f"config dify:{key}")


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for module in pkgutil.walk_packages(settings.__path__, "settings."):
        if not module.name.endswith("__main__"):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, re.Pattern):
                    yield f"{module.name}.{name}", value


def test_no_rule_takes_digits_of_every_script() -> None:
    found = dict(_patterns())
    assert len(found) > 20
    assert [name for name, one in found.items() if r"\d" in one.pattern and not one.flags & re.ASCII] == []
