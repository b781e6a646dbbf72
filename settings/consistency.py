"""Rules that tie sections together, checked once every section is right by itself."""

from dify.capacity import instance_memory_gib
from dify.image import image_conflicts
from settings.capacity import connections
from settings.dns_names import dns_conflicts
from settings.edge_consistency import edge_conflicts
from settings.lines import line, shown
from settings.over_budget import over_budget
from settings.pipeline_consistency import pipeline_conflicts
from settings.plan import images
from settings.stack import Settings
from settings.vector_store import uneven


def conflicts(settings: Settings) -> list[str]:
    """One line per rule that `settings` break as a whole."""
    return [
        *over_budget(settings),
        *_point_in_time(settings),
        *_unread_worker(settings),
        *_uneven_search(settings),
        *_too_much_memory(settings),
        *_foreign_images(settings),
        *_out_of_reach(settings),
        *edge_conflicts(settings),
        *dns_conflicts(settings),
        *pipeline_conflicts(settings),
    ]


def _point_in_time(settings: Settings) -> list[str]:
    # AWS Backup's continuous backup takes over the retention that the database was given.
    given, kept = settings.database.backup_retention_days, settings.backup.hourly_retention_days
    if given == kept:
        return []
    rule = f"must equal backup.hourlyRetentionDays, which is {kept}: AWS Backup sets both to one value"
    return [line(("database", "backupRetentionDays"), str(given), rule, f"set {kept}, or change the other")]


def _unread_worker(settings: Settings) -> list[str]:
    services = settings.services
    if not services.worker_groups or "worker" not in services.model_fields_set:
        return []
    names = ", ".join(group.name for group in services.worker_groups)
    rule = f"workerGroups {names} take every queue, so nothing would read it"
    return [line(("services", "worker"), "a mapping", rule, "remove it, or remove workerGroups")]


def _uneven_search(settings: Settings) -> list[str]:
    mistake = uneven(settings.vector_store, len(settings.network.zones))
    if mistake is None:
        return []
    nodes = str(settings.vector_store.opensearch.data_nodes)
    return [line(("vectorStore", "opensearch", "dataNodes"), nodes, mistake.rule, mistake.fix)]


def _too_much_memory(settings: Settings) -> list[str]:
    memory = instance_memory_gib(settings.database.instance_class) * 1024
    needed = int(connections(settings).needed)
    return [
        line(("database", "parameters", key), str(got), rule, fix)
        for key, got, rule, fix in settings.database.parameters.too_much(memory, needed)
    ]


def _foreign_images(settings: Settings) -> list[str]:
    allowed = settings.images.allowed_registries
    path = ("images", "allowedRegistries")
    return [
        line(path, f"{one.image} from {one.reference}", one.rule, one.fix)
        for one in image_conflicts(allowed, images(settings))
    ]


def _out_of_reach(settings: Settings) -> list[str]:
    if settings.network.internet:
        return []
    rule = "a network without internet does not reach it"
    lines: list[str] = []
    if settings.mail is not None and settings.mail.server is not None:
        fix = "remove it to send through Amazon SES, which has an endpoint inside"
        lines.append(line(("mail", "server"), shown(settings.mail.server), rule, fix))
    if settings.telemetry is not None and settings.telemetry.endpoint is not None:
        fix = "remove it and set collector xray, which has an endpoint inside"
        lines.append(line(("telemetry", "endpoint"), shown(settings.telemetry.endpoint), rule, fix))
    return lines
