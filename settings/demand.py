"""`dify:demand`: the load that the stack must carry, also with one zone lost."""

from pydantic import Field

from settings.section import Section


class Demand(Section):
    """What is wanted at the busiest time. The smallest number of tasks carries it without the tasks of one zone."""

    concurrent_requests: int = Field(
        default=800,
        ge=1,
        description="Requests that the api serves at once, open streams included.",
        examples=[800],
    )
    concurrent_runs: int = Field(
        default=32,
        ge=1,
        description="Streamed workflows that run at once; each holds one slot of a worker.",
        examples=[32],
    )
