"""Wrong values of CloudFront, each with its line."""

from tests.settings.stack_files import REMOVED, Bad

_CERTIFICATE = "arn:aws:acm:{}:111122223333:certificate/00000000-0000-0000-0000-000000000000"
_GIVEN = {
    "edge.hostedZoneId": REMOVED,
    "edge.hostedZoneName": REMOVED,
    "edge.certificateArn": _CERTIFICATE.format("eu-central-1"),
}
_TIMEOUT = "edge.contentDelivery.originTimeoutSeconds"

CONTENT_DELIVERY = (
    Bad(
        key="edge.contentDelivery",
        value=True,
        rule="must be a mapping",
        fix="write its keys below it: certificateArn, originTimeoutSeconds, priceClass",
    ),
    Bad(
        key="edge.contentDelivery.certificateArn",
        value=_CERTIFICATE.format("eu-central-1"),
        also=_GIVEN,
        rule="CloudFront takes certificates of us-east-1 only, this one is of eu-central-1",
        fix="use a certificate of us-east-1",
    ),
    Bad(
        key="edge.contentDelivery.certificateArn",
        value="arn:aws:iam::111122223333:server-certificate/x",
        also=_GIVEN,
        rule="must be the ARN of an ACM certificate",
        fix="write it like arn:aws:acm:us-east-1:ACCOUNT:certificate/ID",
    ),
    Bad(key=_TIMEOUT, value=0, rule="must be at least 1", fix="set 1 or more"),
    Bad(key=_TIMEOUT, value=121, rule="must be at most 120", fix="set 120 or less"),
    *(
        Bad(key=_TIMEOUT, value=value, rule="must be a whole number", fix="write one, for example 120")
        for value in ("60", 1.5)
    ),
    Bad(
        key="edge.contentDelivery.priceClass",
        value="PriceClass_300",
        rule="must be one of PriceClass_All, PriceClass_200, PriceClass_100",
        fix="set one of them",
    ),
)
