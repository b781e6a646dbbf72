"""The AWS regions that a stack has resources in, each with the provider that makes them."""

from dataclasses import dataclass, replace

import pulumi
import pulumi_aws as aws

from components.costs import STACK_TAG
from components.site import Site
from settings import Settings
from settings.regions import WORLDWIDE


@dataclass(frozen=True, kw_only=True)
class Region:
    """`provider` makes every resource that stands in it."""

    site: Site
    provider: aws.Provider

    @property
    def here(self) -> pulumi.ResourceOptions:
        """The options of every component that stands in it."""
        return pulumi.ResourceOptions(provider=self.provider)


@dataclass(frozen=True, kw_only=True)
class Regions:
    """`worldwide` is where CloudFront looks for what it uses, `replica` where copies of files go."""

    home: Region
    worldwide: Region | None
    replica: Region | None

    @property
    def others(self) -> list[str]:
        """Names of the regions beside the stack's own."""
        found = {one.site.region for one in (self.worldwide, self.replica) if one is not None}
        return sorted(found - {self.home.site.region})

    def bounded(self, boundary_arn: pulumi.Input[str]) -> "Regions":
        """The same, where every role that is made has this boundary."""

        def bound(region: Region) -> Region:
            return replace(region, site=replace(region.site, boundary_arn=boundary_arn))

        return Regions(
            home=bound(self.home),
            worldwide=None if self.worldwide is None else bound(self.worldwide),
            replica=None if self.replica is None else bound(self.replica),
        )


def build_regions(config: Settings) -> Regions:
    """One provider for each region that is used. It refuses every account but the stack's."""
    site = Site(
        name=f"{pulumi.get_project()}-{pulumi.get_stack()}",
        account=config.account,
        region=config.region,
        lifecycle=config.lifecycle,
    )
    home = _region(config, site, "aws")
    made = {config.region: home}

    def other(region: str) -> Region:
        if region not in made:
            made[region] = _region(config, replace(site, region=region), f"aws-{region}")
        return made[region]

    return Regions(
        home=home,
        worldwide=None if config.edge.content_delivery is None else other(WORLDWIDE),
        replica=None if config.replica is None else other(config.replica.region),
    )


def _region(config: Settings, site: Site, name: str) -> Region:
    tags = {
        STACK_TAG: site.name,
        "environment": config.environment,
        "owner": config.tags.owner,
        "cost-center": config.tags.cost_center,
    }
    provider = aws.Provider(
        name,
        region=site.region,
        allowed_account_ids=[site.account],
        default_tags={"tags": {"project": pulumi.get_project(), "managed-by": "pulumi", **tags}},
    )
    return Region(site=site, provider=provider)
