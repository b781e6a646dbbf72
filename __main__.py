"""Dify in production: settings -> components -> outputs."""

import gc

import pulumi
import pulumi_aws as aws

import settings
from assembly import (
    build_application,
    build_edge,
    build_foundation,
    build_operations,
    build_regions,
    build_remotes,
    build_stores,
    outputs_of,
)

# Almost everything that is made here lives to the end: looking for garbage in it costs a quarter of the time.
gc.disable()

config = settings.load()
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
operations = build_operations(foundation, stores, edge, runtime, remotes)

for name, value in outputs_of(foundation, stores, edge, runtime, operations).items():
    pulumi.export(name, value)
