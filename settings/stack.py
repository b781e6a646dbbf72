"""The root of a stack file: every key of the namespace `dify`."""

import difflib
import re

from pydantic import Field, ValidationInfo, field_validator

from settings.alarms import Alarms
from settings.audit import Audit
from settings.backup import Backup
from settings.business import Business
from settings.cache import Cache
from settings.cleanup import Cleanup
from settings.costs import Costs
from settings.database import Database
from settings.demand import Demand
from settings.detection import Detection
from settings.domain import Domain
from settings.edge import Edge
from settings.environment import Environment, Lifecycle, Target
from settings.facts import facts_of, require_retained
from settings.images import Images
from settings.logs import Logs
from settings.mail import Mail
from settings.mistake import Mistake
from settings.network import Network
from settings.objectives import Objectives
from settings.pipeline import Pipeline
from settings.probe import Probe
from settings.quotas import Quotas
from settings.regions import REGIONS
from settings.release import ReleaseNumber
from settings.replica import Replica
from settings.section import Section
from settings.services import Services
from settings.sign_in import SignIn
from settings.storage import Storage
from settings.tags import Tags
from settings.telemetry import Telemetry
from settings.uploads import Uploads
from settings.vector_store import VectorStore
from settings.web_firewall import WebFirewall

__all__ = ["Environment", "Lifecycle", "Settings"]

_ACCOUNT = re.compile(r"[0-9]{12}")


class Settings(Section):
    """All decisions of one stack, checked."""

    target: Target = Field(
        default=Target.AWS,
        description="aws, or docker for one Docker host, whose keys are others (docs/host.md).",
        examples=["aws"],
    )
    environment: Environment = Field(
        description="What the stack is for; the stack's name starts with it.", examples=["prod"]
    )
    account: str = Field(
        description="AWS account of 12 digits, in quotes; the provider refuses any other.", examples=["111122223333"]
    )
    region: str = Field(description="AWS region of the stack.", examples=["eu-central-1"])
    domain: Domain = Field(description="Host name that users open.", examples=["dify.example.com"])
    release: ReleaseNumber = Field(description="Dify release.", examples=["1.17.1"])
    lifecycle: Lifecycle = Field(
        default=Lifecycle.RETAIN,
        description="retain protects all data from deletion; disposable lets a destroy leave nothing.",
        examples=["retain"],
    )
    tags: Tags = Field(description="Tags on every resource.")
    network: Network = Field(description="VPC, zones and NAT gateways.")
    edge: Edge = Field(description="Load balancer, certificate and who may connect.")
    web_firewall: WebFirewall = Field(default_factory=WebFirewall, description="Who may ask what, and how often.")
    sign_in: SignIn | None = Field(
        default=None, description="The identity provider before the console; none by default."
    )
    services: Services = Field(default_factory=Services, description="Sizes of Dify's services.")
    images: Images = Field(default_factory=Images, description="Where container images come from.")
    demand: Demand = Field(default_factory=Demand, description="The load that must be carried.")
    quotas: Quotas = Field(default_factory=Quotas, description="What AWS lets this account run.")
    database: Database = Field(default_factory=Database, description="PostgreSQL.")
    cache: Cache = Field(default_factory=Cache, description="Valkey.")
    vector_store: VectorStore = Field(default_factory=VectorStore, description="Where vectors are kept.")
    storage: Storage = Field(default_factory=Storage, description="Lifecycle of objects in S3.")
    replica: Replica | None = Field(
        default=None, description="Another region that keeps a copy of every file and of the database's backups."
    )
    mail: Mail | None = Field(default=None, description="The mail server; without it Dify sends no mail.")
    telemetry: Telemetry | None = Field(default=None, description="The OpenTelemetry collector, where there is one.")
    cleanup: Cleanup = Field(default_factory=Cleanup, description="What Dify removes by itself.")
    uploads: Uploads = Field(default_factory=Uploads, description="How large files of users may be.")
    logs: Logs = Field(default_factory=Logs, description="Retention of logs.")
    audit: Audit = Field(default_factory=Audit, description="The trail, and how long records are locked.")
    detection: Detection = Field(default_factory=Detection, description="What AWS watches in the whole account.")
    alarms: Alarms = Field(default_factory=Alarms, description="Thresholds and who is told.")
    business: Business = Field(default_factory=Business, description="What is counted of Dify's use.")
    probe: Probe = Field(default_factory=Probe, description="The check that asks Dify what its users ask.")
    objectives: Objectives = Field(default_factory=Objectives, description="What users are promised.")
    costs: Costs = Field(default_factory=Costs, description="What may be spent, and who is told.")
    backup: Backup = Field(default_factory=Backup, description="Backup plan and vault lock.")
    pipeline: Pipeline | None = Field(
        default=None, description="The repository whose workflows preview and deploy the stack; none by default."
    )

    @field_validator("environment")
    @classmethod
    def _require_stack_of_environment(cls, value: Environment, info: ValidationInfo) -> Environment:
        stack = facts_of(info).stack
        if stack is not None and stack.partition("-")[0] != value:
            raise Mistake(
                f"must be what the name of stack {stack} starts with",
                "use the stack of that name, or set its environment",
            )
        return value

    @field_validator("account")
    @classmethod
    def _require_account(cls, value: str) -> str:
        if _ACCOUNT.fullmatch(value) is None:
            raise Mistake("must be an AWS account of 12 digits", 'write it in quotes like "111122223333"')
        return value

    @field_validator("region")
    @classmethod
    def _require_region(cls, value: str) -> str:
        if value not in REGIONS:
            nearest = difflib.get_close_matches(value, REGIONS, n=1, cutoff=0)[0]
            raise Mistake("must be an AWS region", f"set one such as {nearest}")
        return value

    @field_validator("lifecycle")
    @classmethod
    def _require_retained_data(cls, value: Lifecycle, info: ValidationInfo) -> Lifecycle:
        return require_retained(value, info)
