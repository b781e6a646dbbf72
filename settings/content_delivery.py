"""`dify:edge.contentDelivery`: CloudFront in front of the load balancer."""

import re
from enum import StrEnum

from pydantic import Field, field_validator

from settings.mistake import Mistake
from settings.regions import WORLDWIDE
from settings.section import Section

CERTIFICATE_ARN = re.compile(r"arn:aws:acm:(?P<region>[a-z0-9-]+):[0-9]{12}:certificate/[0-9a-f-]{36}")
"""Form of an ACM certificate's ARN (Service Authorization Reference, "AWS Certificate Manager")."""

LONGEST_WAIT_SECONDS = 120
"""The most that CloudFront waits for the next byte of an answer, or keeps a connection for the next request (CloudFront
API Reference, "VpcOriginConfig")."""


class PriceClass(StrEnum):
    """Which of CloudFront's locations answer (CloudFront Developer Guide, "Choose the price class"): all; all but the
    most expensive; those of North America, Europe and Israel."""

    ALL = "PriceClass_All"
    WITHOUT_MOST_EXPENSIVE = "PriceClass_200"
    LEAST_EXPENSIVE = "PriceClass_100"


class ContentDelivery(Section):
    """CloudFront answers users and reaches a private load balancer inside the network."""

    certificate_arn: str | None = Field(
        default=None,
        description=f"ACM certificate of {WORLDWIDE} for the domain, needed where edge.certificateArn is given.",
        examples=[f"arn:aws:acm:{WORLDWIDE}:111122223333:certificate/00000000-0000-0000-0000-000000000000"],
    )
    origin_timeout_seconds: int = Field(
        default=LONGEST_WAIT_SECONDS,
        ge=1,
        le=LONGEST_WAIT_SECONDS,
        description="Seconds that CloudFront waits for the next byte of an answer, 1 to 120: a blocking call that "
        "thinks for longer fails with 504, a streamed one does not.",
        examples=[120],
    )
    price_class: PriceClass = Field(
        default=PriceClass.ALL,
        description="Which of CloudFront's locations answer.",
        examples=["PriceClass_All"],
    )

    @field_validator("certificate_arn")
    @classmethod
    def _require_certificate(cls, value: str | None) -> str | None:
        if value is None:
            return value
        match = CERTIFICATE_ARN.fullmatch(value)
        if match is None:
            fix = f"write it like arn:aws:acm:{WORLDWIDE}:ACCOUNT:certificate/ID"
            raise Mistake("must be the ARN of an ACM certificate", fix)
        if match["region"] != WORLDWIDE:
            rule = f"CloudFront takes certificates of {WORLDWIDE} only, this one is of {match['region']}"
            raise Mistake(rule, f"use a certificate of {WORLDWIDE}")
        return value
