"""Wrong amounts of money, each with its line."""

from tests.settings.bad_kinds import whole
from tests.settings.stack_files import Bad

COSTS: tuple[Bad, ...] = tuple(
    bad
    for key, example in (("costs.monthlyBudget", 6000), ("costs.unusualDollars", 100))
    for bad in (
        *whole(key, example),
        *(
            Bad(key=key, value=value, rule="must be at least 1 US dollar", fix="set whole dollars, or remove it")
            for value in (0, -5)
        ),
    )
)
