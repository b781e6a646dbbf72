"""What texts of a request look like: most become part of an address at the domain."""

import re
from dataclasses import dataclass

from errors import FunctionError
from shapes import text, text_list


@dataclass(frozen=True)
class Form:
    """What a text must look like, and how that is said."""

    pattern: "re.Pattern[str]"
    rule: str


HOST = Form(re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?"), "a host name, without scheme or path")
NAME = Form(re.compile(r"[a-z][a-z0-9_-]{0,63}"), "lower-case letters, digits, - and _")
PATTERN = Form(re.compile(r"[a-z0-9][a-z0-9_-]*\*?"), "an index name in lower case, or its beginning and *")
"""OpenSearch knows lower case only, and an asterisk alone is everybody's data."""
BACKEND_ROLE = Form(re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+"), "the ARN of an IAM role")
BUCKET = Form(re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"), "the name of an S3 bucket")
CRON = Form(re.compile(r"[\d*/, -]+"), "a cron expression of five fields")
SNAPSHOT = Form(re.compile(r"[a-z]+-[a-z0-9_-]+"), "the name of a snapshot")


def matching(raw: object, where: str, form: Form) -> str:
    """Text of that form. Raises FunctionError."""
    value = text(raw, where)
    if form.pattern.fullmatch(value) is None:
        raise FunctionError(f"{where}: must be {form.rule}")
    return value


def each(raw: object, where: str, form: Form) -> tuple[str, ...]:
    """At least one text, all of that form. Raises FunctionError."""
    items = text_list(raw, where)
    if not items:
        raise FunctionError(f"{where}: must name at least one")
    return tuple(matching(item, f"{where}[{at}]", form) for at, item in enumerate(items))


def days(raw: object, where: str) -> int:
    """A whole number from 1 on. Raises FunctionError."""
    if not isinstance(raw, int) or isinstance(raw, bool) or raw < 1:
        raise FunctionError(f"{where}: must be a whole number from 1 on")
    return raw
