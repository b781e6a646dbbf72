"""Answers to lookups (`aws.get_...`), the same every time."""

from collections.abc import Callable, Mapping
from typing import Any


class UnlistedInvokeError(Exception):
    """No answer is prepared for a lookup."""


def answer(token: str, arguments: Mapping[str, Any], account: str, region: str) -> dict[str, Any]:
    """The result of a lookup in `account` and `region`; raises UnlistedInvokeError with the lookup's name."""
    found = _ANSWERS.get(token)
    if found is None:
        message = f"{token}: the stand-in provider has no answer to this lookup (sandbox/invokes.py)"
        raise UnlistedInvokeError(message)
    here = str(arguments.get("region") or region)
    return {**arguments, **found(account, here)}


def _caller(account: str, _region: str) -> dict[str, Any]:
    arn = f"arn:aws:iam::{account}:user/sandbox"
    return {"id": account, "accountId": account, "arn": arn, "userId": "AIDASANDBOX00000000"}


def _region(_account: str, region: str) -> dict[str, Any]:
    return {
        "id": region,
        "name": region,
        "region": region,
        "endpoint": f"ec2.{region}.amazonaws.com",
        "description": region,
    }


def _zones(_account: str, region: str) -> dict[str, Any]:
    letters = "abc"
    return {
        "id": region,
        "names": [f"{region}{letter}" for letter in letters],
        "zoneIds": [f"sbx1-az{number}" for number in range(1, len(letters) + 1)],
        "groupNames": [region],
    }


def _partition(_account: str, _region: str) -> dict[str, Any]:
    return {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com", "reverseDnsPrefix": "com.amazonaws"}


def _prefix_list(_account: str, region: str) -> dict[str, Any]:
    return {"id": "pl-00000000000000cf0", "region": region, "maxEntries": 55, "addressFamily": "IPv4"}


_ANSWERS: Mapping[str, Callable[[str, str], dict[str, Any]]] = {
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": _prefix_list,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:index/getCallerIdentity:getCallerIdentity": _caller,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
}
