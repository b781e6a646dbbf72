"""Rules that tie the pipeline to the rest of the stack file."""

from settings.lines import line, shown
from settings.stack import Settings


def pipeline_conflicts(settings: Settings) -> list[str]:
    """One line per rule that the pipeline of `settings` breaks together with other keys."""
    pipeline = settings.pipeline
    if pipeline is None or pipeline.provider_arn is None:
        return []
    if pipeline.provider_arn.split(":")[4] == settings.account:
        return []
    rule = f"must be a provider of account {settings.account}: IAM trusts those of its own account only"
    fix = "use the provider of that account, or remove it to have one made"
    return [line(("pipeline", "providerArn"), shown(pipeline.provider_arn), rule, fix)]
