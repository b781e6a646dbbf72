"""`dify:replica`: where copies of users' files, plugins and the database's backups are kept, out of reach of what
happens to one region."""

from pydantic import Field, ValidationInfo, field_validator

from settings.facts import facts_of
from settings.mistake import Mistake
from settings.regions import REGIONS
from settings.section import Section


class Replica(Section):
    """A second region. Without this section files and backups stay in one, where AWS keeps them in several zones."""

    region: str = Field(
        description="AWS region that receives a copy of every file, plugin and backup of the database, another one "
        "than the stack's.",
        examples=["eu-west-1"],
    )

    @field_validator("region")
    @classmethod
    def _require_other_region(cls, value: str, info: ValidationInfo) -> str:
        home = facts_of(info).region
        if value not in REGIONS:
            raise Mistake("must be an AWS region", f"set another one than the stack's{f' {home}' if home else ''}")
        if value == home:
            raise Mistake("a copy in the stack's own region is lost together with it", "set another region")
        return value
