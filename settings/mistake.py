"""What a wrong configuration raises."""

from collections.abc import Sequence


class Mistake(ValueError):  # noqa: N818  it names one mistake of the writer of a stack file, not a failure of the program
    """One wrong value, raised by a validator: the rule it breaks and how to mend it. `hides` keeps the value out of the
    line, where what was put there by mistake may be a secret."""

    def __init__(self, rule: str, fix: str, *, hides: bool = False) -> None:
        super().__init__(f"{rule}; {fix}")
        self.rule = rule
        self.fix = fix
        self.hides = hides


class ConfigurationError(Exception):
    """The configuration is refused. `lines` holds one line per mistake, ready to print."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)
