"""What a service of Dify may be told wherever it runs; how large and how many it is, each target says itself."""

from typing import Annotated

from pydantic import Field

Processes = Annotated[
    int,
    Field(
        ge=1,
        le=16,
        description="Gunicorn worker processes of each api; each has a database pool of its own.",
        examples=[2],
    ),
]
ConnectionsPerProcess = Annotated[
    int,
    Field(
        ge=1,
        le=2000,
        description="Requests that one process serves at once, open streams included.",
        examples=[200],
    ),
]
Concurrency = Annotated[
    int, Field(ge=1, le=200, description="Jobs that each worker works on at once (Celery slots).", examples=[16])
]
EditedLive = Annotated[bool, Field(description="Whether several people may edit a workflow live.", examples=[True])]
