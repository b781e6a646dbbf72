"""How much a stack is used: what no setting tells, so each is an assumption that the bill shows."""

from dataclasses import dataclass, field, fields, replace

from settings.mistake import Mistake


def _assumed(number: float, words: str) -> float:
    """A field with what it stands for, for the bill's readers."""
    return field(default=number, metadata={"words": words})


@dataclass(frozen=True, kw_only=True)
class Usage:
    """A month of some hundred users, our own guess. GB are what is billed, of all services and zones together."""

    requests_million: float = _assumed(5, "Requests that users and clients send")
    internet_gb: float = _assumed(200, "Answers to users, and what leaves through the NAT gateways")
    nat_gb: float = _assumed(
        500, "What passes the NAT gateways in both directions: mostly models' answers and packages of plugins"
    )
    endpoint_gb: float = _assumed(300, "What passes interface endpoints: logs, secrets, metrics")
    zone_gb: float = _assumed(500, "What services and stores send each other across zones")
    capacity_units: float = _assumed(2, "LCUs of the load balancer, on average")
    files_gb: float = _assumed(100, "Files of users and plugins, all versions; with a replica as much again there")
    records_gb: float = _assumed(100, "Trail, flow logs, access logs and answers of Athena")
    changed_gb: float = _assumed(20, "Files that are new, each copied to the other region")
    backup_gb: float = _assumed(100, "Backups of the database above its size")
    copied_backup_gb: float = _assumed(
        200, "Backups of the database in the other region, where its size is not free; as much is copied there"
    )
    file_requests_thousand: float = _assumed(1000, "Requests to S3, half of them writing")
    images_gb: float = _assumed(20, "Copies of images of the releases that are kept")
    logs_gb: float = _assumed(100, "Logs of containers, stores and the web firewall")
    function_seconds: float = _assumed(2, "How long a run of a function takes")
    data_events_thousand: float = _assumed(2000, "Reads and writes of objects that the trail records")
    configuration_items: float = _assumed(
        2000, "Changes of resources that AWS Config records; each deployment makes some"
    )

    def stated(self) -> dict[str, tuple[float, str]]:
        """Every assumption by its name, with what it stands for."""
        return {one.name: (getattr(self, one.name), one.metadata["words"]) for one in fields(self)}

    def with_words(self, words: list[str]) -> "Usage":
        """With what `name=number` says. Raises Mistake for what is none."""
        known = {one.name for one in fields(self)}
        given: dict[str, float] = {}
        for word in words:
            name, _, number = word.partition("=")
            if name not in known:
                raise Mistake(f"{word!r} names no assumption", f"set one of {', '.join(sorted(known))}")
            if not number.replace(".", "", 1).isdecimal():
                raise Mistake(f"{word!r} has no number", f"write for instance {name}=10")
            given[name] = float(number)
        return replace(self, **given)
