"""Rules that tie the sections of a host's stack file together, checked once every section is right by itself."""

from dify.capacity import MOST_CLIENTS
from settings.host.capacity import SYSTEM_MIB, clients, connections, containers, most_connections
from settings.host.stack import HostSettings
from settings.lines import line, shown

_OVERCOMMIT = 2
"""Limits of CPU are ceilings that are not reached all at once: together they may be twice what the host has."""


def conflicts(settings: HostSettings) -> list[str]:
    """One line per rule that `settings` break as a whole."""
    return [
        *_too_much_memory(settings),
        *_too_many_cpus(settings),
        *_too_many_connections(settings),
        *_too_many_clients(settings),
        *_too_much_of_the_database(settings),
        *_wrong_certificate(settings),
        *_mail_without_server(settings),
    ]


def _too_much_memory(settings: HostSettings) -> list[str]:
    parts = containers(settings)
    needed = sum(part.memory_mib * part.instances for part in parts) + SYSTEM_MIB
    given = settings.host.memory_gib
    if needed <= given * 1024:
        return []
    largest = max(parts, key=lambda part: part.memory_mib * part.instances)
    rule = f"all containers and {SYSTEM_MIB} MiB for the system need {needed} MiB"
    fix = f"set {-(-needed // 1024)} if the host has it, or lower {largest.key}.memoryMib first"
    return [line(("host", "memoryGib"), str(given), rule, fix)]


def _too_many_cpus(settings: HostSettings) -> list[str]:
    parts, given = containers(settings), settings.host.cpus
    lines = [
        line((*part.key.split("."), "cpus"), f"{part.cpus:g}", f"the host has {given} CPUs", f"set {given} or less")
        for part in parts
        if part.cpus > given and part.key
    ]
    # A migration runs while nothing is replaced yet, and takes what is left.
    needed = sum(part.cpus * part.instances for part in parts if part.key)
    if not lines and needed > _OVERCOMMIT * given:
        rule = f"the limits of all containers, {needed:g} CPUs, are more than {_OVERCOMMIT} times those of the host"
        lines.append(line(("host", "cpus"), str(given), rule, "use a larger host, or lower the largest cpus"))
    return lines


def _too_many_connections(settings: HostSettings) -> list[str]:
    needed, most = connections(settings), most_connections(settings)
    if needed <= most:
        return []
    rule = f"all processes may open {needed} connections, and databases of this memory take {most}"
    path = ("database", "memoryMib")
    return [line(path, str(settings.database.memory_mib), rule, "raise it, or lower poolSize and maxOverflow")]


def _too_many_clients(settings: HostSettings) -> list[str]:
    needed = clients(settings)
    if needed <= MOST_CLIENTS:
        return []
    given = str(settings.services.api.connections_per_process)
    rule = f"all processes may open {needed} connections to Redis, which takes {MOST_CLIENTS}"
    return [line(("services", "api", "connectionsPerProcess"), given, rule, "lower it, or processes or instances")]


def _too_much_of_the_database(settings: HostSettings) -> list[str]:
    database = settings.database
    return [
        line(("database", "parameters", key), str(got), rule, fix)
        for key, got, rule, fix in database.parameters.too_much(database.memory_mib, connections(settings))
    ]


def _mail_without_server(settings: HostSettings) -> list[str]:
    email = settings.alarms.email
    if settings.mail is not None or not email:
        return []
    return [
        line(("alarms", "email"), shown(email), "mail needs a mail server", "add dify:mail, or use webhookFile instead")
    ]


def _wrong_certificate(settings: HostSettings) -> list[str]:
    if settings.tls.certificate_file is None:
        return []
    # A stack without such a file, every one on AWS among them, does not wait for cryptography's import.
    from settings.host.certificate import certificate_mistake, now  # noqa: PLC0415

    mistake = certificate_mistake(settings.tls, settings.domain, now())
    if mistake is None:
        return []
    return [line(("tls", "certificateFile"), f'"{settings.tls.certificate_file}"', mistake.rule, mistake.fix)]
