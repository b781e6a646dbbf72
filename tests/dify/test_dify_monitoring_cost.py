"""What watching costs, from what there is to bill."""

import pytest

from dify.monitoring_cost import ALARM, COMPOSITE, DASHBOARD, METRIC, WRITTEN, Watching, bill, published_at_most


def test_every_kind_of_thing_is_billed_at_its_own_price() -> None:
    watching = Watching(metrics=10, alarms=((1, False), (2, False)), composites=4, dashboards=3, log_gb=100)
    lines = {line.price: (line.amount, round(line.dollars, 2)) for line in bill(watching)}
    assert lines == {
        METRIC: (10, 3.0),
        ALARM: (3, 0.3),
        COMPOSITE: (4, 2.0),
        DASHBOARD: (3, 9.0),
        WRITTEN: (100, 50.0),
    }


def test_an_alarm_on_what_is_unusual_is_billed_for_its_two_bounds_as_well() -> None:
    watching = Watching(metrics=0, alarms=((1, True),), composites=0, dashboards=0, log_gb=0)
    (alarms,) = [line for line in bill(watching) if line.price is ALARM]
    assert alarms.amount == 3


def test_every_combination_of_values_is_a_metric() -> None:
    sets = {"Messages": [["Stack"], ["Stack", "App"], ["Stack", "App", "Model"]], "Users": [["Stack"]]}
    assert published_at_most(sets, {"Stack": 1, "App": 11, "Model": 4}) == 1 + 11 + 44 + 1


def test_a_dimension_that_nobody_bounds_is_refused() -> None:
    with pytest.raises(KeyError, match="User"):
        published_at_most({"Tokens": [["User"]]}, {"Stack": 1})
