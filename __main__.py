"""Dify in production: settings -> components -> outputs."""

import gc

import pulumi
import pulumi_aws as aws

import settings
from assembly import (
    build_application,
    build_edge,
    build_foundation,
    build_host,
    build_operations,
    build_regions,
    build_remotes,
    build_stores,
    host_outputs,
    outputs_of,
)
from operations.host import check

# Almost everything that is made here lives to the end: looking for garbage in it costs a quarter of the time.
gc.disable()

config = settings.load()

if isinstance(config, settings.HostSettings):
    # A preview needs no Docker; an update starts nothing on a host that cannot carry it.
    if not pulumi.runtime.is_dry_run() and (wrong := check.mistakes_of(config, pulumi.get_stack())):
        raise pulumi.RunError("\n".join(wrong))
    outputs = host_outputs(build_host(config))
else:
    regions = build_regions(config)
    # The addresses from which CloudFront reaches what is behind it; AWS keeps the list.
    cloudfront = (
        aws.ec2.get_managed_prefix_list_output(
            name="com.amazonaws.global.cloudfront.origin-facing",
            opts=pulumi.InvokeOutputOptions(provider=regions.home.provider),
        ).id
        if config.edge.content_delivery
        else None
    )
    foundation = build_foundation(config, regions, cloudfront)
    remotes = build_remotes(foundation)
    stores = build_stores(foundation)
    edge = build_edge(foundation, remotes)
    runtime = build_application(foundation, stores, edge)
    watched = build_operations(foundation, stores, edge, runtime, remotes)
    outputs = outputs_of(foundation, stores, edge, runtime, watched)

for name, value in outputs.items():
    pulumi.export(name, value)
