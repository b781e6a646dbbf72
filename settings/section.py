"""The base of every section of a stack file."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Section(BaseModel):
    """A frozen section whose keys are camelCase in the stack file, with neither unknown keys nor conversions.

    Defaults are checked like given values, because a rule may depend on the environment.
    """

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=False,
        validate_by_alias=True,
        validate_default=True,
        hide_input_in_errors=True,
    )
