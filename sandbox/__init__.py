"""Pulumi without a cloud account: the engine's build, a Python language host and a stand-in aws provider."""
