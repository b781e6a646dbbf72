"""`dify:detection`: what AWS watches in the whole account."""

from typing import Any

from pydantic import Field

from settings.section import Section


def _switch(what: str) -> Any:
    return Field(default=True, description=f"{what}; false where the organisation does it.", examples=[True])


class Detection(Section):
    """Services that exist once per account and region: of the stacks of one account, one may switch them on."""

    guard_duty: bool = _switch("GuardDuty, which finds threats in logs")
    config: bool = _switch("AWS Config, which records every change of every resource")
    security_hub: bool = _switch("Security Hub with the standards FSBP and CIS, which judges what AWS Config records")
    access_analyzer: bool = _switch("IAM Access Analyzer, which finds what other accounts can reach")
    inspector: bool = _switch("Inspector, which finds weak packages in images and functions")
    account_defaults: bool = _switch(
        "The account's own switches: no public bucket, no unencrypted volume, no weak password"
    )
