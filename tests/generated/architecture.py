"""Pictures of what runs: `python -m tests.generated.architecture` writes docs/generated/architecture-prod.md and
architecture-host.md from the recorded graphs.
"""

from collections.abc import Sequence
from pathlib import Path

from settings import HostSettings, Settings
from settings.stack_file import parse_any_file
from tests.generated.data_picture import data
from tests.generated.host_pictures import containers, volumes
from tests.generated.mermaid import Picture
from tests.generated.operations_picture import operations
from tests.generated.stack_graph import StackGraph
from tests.generated.traffic_picture import traffic
from tests.recorder import ROOT, Graph, record_program

FOLDER = ROOT / "docs" / "generated"
STACKS = ("prod", "host")

_HEAD = """# Architecture: {stack}

Made by `python -m tests.generated.architecture` from what the program registers for `Pulumi.{stack}.yaml`; change the
program, not this page. Nothing here has run on a real {place}.

"""


def pictures(stack: str, graph: Graph) -> Sequence[Picture]:
    """What there is to see of a recorded stack."""
    settings = parse_any_file(ROOT / f"Pulumi.{stack}.yaml", stack)
    if isinstance(settings, HostSettings):
        return (containers(graph), volumes(graph))
    assert isinstance(settings, Settings)
    seen = StackGraph(graph, settings)
    return (traffic(seen), data(seen), operations(seen))


def page(stack: str, graph: Graph) -> str:
    """The whole page."""
    place = "AWS account" if graph.of("ec2/vpc:Vpc") else "host for long"
    return _HEAD.format(stack=stack, place=place) + "\n".join(one.text() for one in pictures(stack, graph))


def file(stack: str) -> Path:
    """Where a stack's page is."""
    return FOLDER / f"architecture-{stack}.md"


if __name__ == "__main__":
    for each in STACKS:
        file(each).write_text(page(each, record_program(each)), encoding="utf-8")
