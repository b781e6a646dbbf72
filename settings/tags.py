"""`dify:tags`: who owns the stack and who pays for it."""

import re

from pydantic import Field, field_validator

from settings.mistake import Mistake
from settings.section import Section

_VALUE = re.compile(r"[\w .:/=+@-]{1,256}")
"""Characters that every AWS service takes in a tag's value (AWS tagging best practices)."""


class Tags(Section):
    """Tags on every resource, beside the project, stack and environment that the program adds."""

    owner: str = Field(description="Team that answers for the stack.", examples=["platform"])
    cost_center: str = Field(description="Cost centre that pays for the stack.", examples=["ai"])

    @field_validator("owner", "cost_center")
    @classmethod
    def _require_tag_value(cls, value: str) -> str:
        if value.lower().startswith("aws:"):
            raise Mistake("the prefix aws: is reserved", "choose another value")
        if _VALUE.fullmatch(value) is None or value.strip() != value:
            raise Mistake("must be 1 to 256 letters, digits, spaces or . : / = + @ _ -", "choose another value")
        return value
