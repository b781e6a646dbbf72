"""A problem as the watch knows it: what it is called while its figures change, and what to do about it."""

import re

from pydantic import BaseModel, ConfigDict

from operations.host.condition import Condition

UNSEEN = "the host cannot be looked at"
"""The problem of a look that failed, and its key."""

FORGETFUL = "the watch cannot keep what it told"
"""The problem of a memory that cannot be written, and its key."""

_OUTAGE = re.compile(
    r"nobody |there is no primary database|the database's nodes cannot be asked"
    r"|(?:nginx|web|api|redis) (?:is missing|does not serve)"
)
"""Keys of what hurts users now: without one of these kinds nobody is served."""

_EXPLANATION = re.compile(r"[;:] | \(")
_STATE = re.compile(r"(\S+) is (?:created|restarting|removing|paused|exited|dead|starting|unhealthy)")
"""Docker's words for a container that does not serve (Docker Engine API, ContainerInspect)."""

_MEASURED = r"\d+(?:[.,]\d+)*(?: ?(?:%|[KMGT]?i?B\b|ms\b|min\b|[shd]\b))?"
_FIGURES = re.compile(rf"(?<![\w.-]){_MEASURED}(?: {_MEASURED})*(?![\w-])")
"""Numbers that stand alone, with their units; those in `api-1` and `2026-01-31` are names."""

_LOGS = "docker logs --tail 100 dify-{stack}-{part}"
_REMEDIES = tuple(
    (re.compile(pattern), remedy)
    for pattern, remedy in (
        (r"there is no primary database", "python -m operations promote {stack}"),
        (r"the database's nodes", "docker logs --tail 100 dify-{stack}-postgres-a, and of postgres-b"),
        (
            r"there is no standby database|the standby database",
            "docker start the node that is down: it copies the primary again by itself, and its log says why it fell",
        ),
        (
            r"nobody",
            "docker logs --tail 100 of what is down, as other lines name it; else python -m operations report {stack}",
        ),
        (r".* requests failed", "python -m operations report {stack}: which service, which routes; then its log"),
        (r"answers of", "python -m operations report {stack}: which routes; then the load of containers and database"),
        (
            r"the host is busy|the host's memory",
            "python -m operations report {stack}: whose load; what else runs there",
        ),
        (r"the log of nginx", "docker logs --tail 1 dify-{stack}-nginx: Docker's json-file driver must keep it"),
        (r"replication slot backup", "python -m operations backup {stack}"),
        (r"replication slot", "nothing for a node that runs: it copies everything again by itself"),
        (
            r"(there is no|the last) (full backup|snapshot|received)|the last backup",
            "docker logs --tail 100 dify-{stack}-backup; look for a full disk first",
        ),
        (r"the disk", "docker system df; remove what a restore kept aside, or lower retentionDays of dify:backups"),
        (r"containers of several releases", "an upgrade was interrupted: call it again"),
        (r"the certificate ends", "put the new files in place, then pulumi up --stack {stack}"),
        (
            r"nginx has no certificate",
            "docker start -a dify-{stack}-secret-keeper && docker restart dify-{stack}-nginx",
        ),
        (r"journal", "remove the file that is named; the operation then begins anew"),
        (r"the operation", "call it again as it was, or with --abandon to forget it"),
        (r"(?P<part>\S+) uses", f"{_LOGS}; or more memoryMib for it in Pulumi.{{stack}}.yaml"),
        (r"(?P<part>\S+) (?:is (?!missing)|was restarted|ended)", _LOGS),
        (r"\S+ is missing", "pulumi up --stack {stack}"),
    )
)
_ELSE = 'docs/operate-host.md, "Each day: status"'


class Problem(BaseModel):
    """`key` is the same at every look while the problem lasts, `text` has its figures. An `outage` hurts users now.
    `remedy` is what to do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    text: str
    outage: bool
    remedy: str


def problems_of(found: Condition) -> tuple[Problem, ...]:
    """What is wrong in `found`, worst first, each once."""
    every: dict[str, Problem] = {}
    for text in found.problems:
        problem = _problem(text, found.stack)
        every.setdefault(problem.key, problem)
    return tuple(every.values())


def unseen(stack: str, why: str) -> Problem:
    """The problem that no look is possible."""
    remedy = f"python -m operations status {stack}; `systemctl status docker` on the host"
    return Problem(key=UNSEEN, text=f"{UNSEEN}: {_line(why)}", outage=False, remedy=remedy)


def forgetful(stack: str, why: str) -> Problem:
    """The problem that the watch cannot remember what it told."""
    text = f"{FORGETFUL}, so this comes at every look: {_line(why)}"
    return Problem(key=FORGETFUL, text=text, outage=True, remedy=f"df -h; python -m operations watch {stack}")


def key_of(text: str) -> str:
    """What the problem is called: its first clause without figures; a container is down in whatever state it is."""
    clause = _EXPLANATION.split(text, maxsplit=1)[0]
    if state := _STATE.fullmatch(clause):
        return f"{state[1]} does not serve"
    return _FIGURES.sub("#", clause)


def _problem(said: str, stack: str) -> Problem:
    text = _line(said)
    key = key_of(text)
    return Problem(key=key, text=text, outage=_OUTAGE.match(key) is not None, remedy=_remedy(text, stack))


def _remedy(text: str, stack: str) -> str:
    for pattern, remedy in _REMEDIES:
        if found := pattern.match(text):
            return remedy.format(stack=stack, **found.groupdict())
    return _ELSE


def _line(text: str) -> str:
    """`text` on one line: some of it is what programs said."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
