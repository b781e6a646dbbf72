"""A network, a volume that outlives the stack, a writer, and a reader that waits until the writer is healthy."""

import pulumi
import pulumi_docker as docker

config = pulumi.Config()
host = docker.Provider("host", host=config.require("host"))
here = pulumi.ResourceOptions(provider=host)
kept = pulumi.ResourceOptions(provider=host, retain_on_delete=True)

image = docker.RemoteImage("image", name=config.require("image"), keep_locally=True, opts=here)
network = docker.Network("network", name="dify-test", internal=True, opts=here)
volume = docker.Volume("volume", name="dify-test-data", opts=kept)
data = docker.ContainerMountArgs(type="volume", source=volume.name, target="/data")
joined = docker.ContainerNetworksAdvancedArgs(name=network.name, aliases=["writer.dify-test.internal"])
writer = docker.Container(
    "writer",
    name="dify-test-writer",
    image=image.image_id,
    command=["sh", "-c", "echo $TEXT >> /data/text; sleep 600"],
    envs=[f"TEXT={config.get('text') or 'first'}"],
    memory=config.get_int("memory") or 64,
    memory_swap=128,
    mounts=[data],
    networks_advanced=[joined],
    wait=True,
    healthcheck=docker.ContainerHealthcheckArgs(tests=["CMD", "stat", "/data/text"], interval="200ms"),
    opts=here,
)
reader = docker.Container(
    "reader",
    name="dify-test-reader",
    image=image.image_id,
    command=["cat", "/data/text"],
    attach=True,
    logs=True,
    must_run=False,
    mounts=[data],
    networks_advanced=[docker.ContainerNetworksAdvancedArgs(name=network.name)],
    labels=[docker.ContainerLabelArgs(label="text", value=config.get("text") or "first")],
    opts=pulumi.ResourceOptions(provider=host, depends_on=[writer]),
)
pulumi.export("read", reader.container_logs)
pulumi.export("code", reader.exit_code)
