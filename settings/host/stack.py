"""The root of a stack file whose target is docker: every key of the namespace `dify`."""

from pydantic import Field, ValidationInfo, field_validator

from settings.cleanup import Cleanup
from settings.domain import Domain
from settings.environment import Environment, Lifecycle, Target
from settings.facts import require_retained
from settings.host.alarms import HostAlarms
from settings.host.logs import HostLogs
from settings.host.machine import Machine
from settings.host.mail import HostMail
from settings.host.network import HostNetwork
from settings.host.requests import Requests
from settings.host.services import HostServices
from settings.host.stores import Backups, HostCache, HostDatabase
from settings.host.tls import Tls
from settings.release import ReleaseNumber
from settings.section import Section
from settings.uploads import Uploads


class HostSettings(Section):
    """All decisions of one Docker host, checked."""

    target: Target = Field(description="docker; a stack on AWS has other keys.", examples=["docker"])
    environment: Environment = Field(
        default=Environment.PROD,
        description="What the host is for; prod refuses what is below the baseline.",
        examples=["prod"],
    )
    domain: Domain = Field(description="Host name that users open.", examples=["dify.example.com"])
    release: ReleaseNumber = Field(description="Dify release.", examples=["1.17.1"])
    lifecycle: Lifecycle = Field(
        default=Lifecycle.RETAIN,
        description="retain keeps every volume; disposable lets a destroy leave nothing.",
        examples=["retain"],
    )
    host: Machine = Field(description="The machine and its Docker Engine.")
    tls: Tls = Field(description="The certificate that users see.")
    network: HostNetwork = Field(default_factory=HostNetwork, description="Where users connect.")
    requests: Requests = Field(default_factory=Requests, description="Who may ask what, and how often.")
    services: HostServices = Field(default_factory=HostServices, description="Sizes of Dify's services.")
    database: HostDatabase = Field(default_factory=HostDatabase, description="PostgreSQL.")
    cache: HostCache = Field(default_factory=HostCache, description="Redis.")
    backups: Backups = Field(default_factory=Backups, description="Backups of database and files.")
    mail: HostMail | None = Field(default=None, description="The mail server; without it Dify sends no mail.")
    alarms: HostAlarms = Field(default_factory=HostAlarms, description="Who is told what is wrong.")
    cleanup: Cleanup = Field(default_factory=Cleanup, description="What Dify removes by itself.")
    uploads: Uploads = Field(default_factory=Uploads, description="How large files of users may be.")
    logs: HostLogs = Field(default_factory=HostLogs, description="How much of its log each container keeps.")

    @field_validator("lifecycle")
    @classmethod
    def _require_retained_data(cls, value: Lifecycle, info: ValidationInfo) -> Lifecycle:
        return require_retained(value, info)
