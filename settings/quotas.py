"""`dify:quotas`: what AWS lets this account run in the region."""

from pydantic import Field

from settings.section import Section


class Quotas(Section):
    """Service quotas as Service Quotas shows them. Defaults are AWS's own for a new account."""

    fargate_vcpus: int = Field(
        default=6,
        ge=1,
        description="vCPUs of all Fargate tasks in the region (Fargate On-Demand vCPU resource count, L-3032A538).",
        examples=[200],
    )
    network_interfaces: int = Field(
        default=5000,
        ge=1,
        description="Network interfaces in the region (Network interfaces per Region, L-DF5E4CA3).",
        examples=[5000],
    )
