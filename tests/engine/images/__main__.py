"""Pulls an image, tags it for a repository, pushes it, and runs it by its digest."""

import pulumi
import pulumi_aws as aws
import pulumi_docker as docker

version = pulumi.Config().get("version") or "1.17.1"

account = aws.Provider("aws", region="eu-central-1", allowed_account_ids=["111122223333"])
registry = docker.Provider("registry", registry_auth=[{"address": "111122223333.dkr.ecr.eu-central-1.amazonaws.com"}])
here = pulumi.ResourceOptions(provider=account)
there = pulumi.ResourceOptions(provider=registry)

repository = aws.ecr.Repository("repository", name="dify/api", force_delete=True, opts=here)
pulled = docker.RemoteImage(
    "pulled", name=f"docker.io/langgenius/dify-api:{version}", platform="linux/amd64", keep_locally=True, opts=there
)
name = repository.repository_url.apply(lambda url: f"{url}:{version}")
tag = docker.Tag("tag", source_image=pulled.image_id, target_image=name, opts=there)
pushed = docker.RegistryImage("pushed", name=tag.target_image, keep_remotely=True, opts=there)
reference = pulumi.Output.format("{0}@{1}", repository.repository_url, pushed.sha256_digest)
aws.ecs.TaskDefinition(
    "task",
    family="api",
    container_definitions=pulumi.Output.json_dumps([{"name": "api", "image": reference, "essential": True}]),
    opts=here,
)
