"""The resources of a stack as its state or a recording has them, and where each is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

Inputs = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Stack:
    """`resources` have `type`, `urn`, `inputs` and `provider`, as in an exported state."""

    resources: Sequence[Mapping[str, Any]]
    regions: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        found = {one["urn"]: one["inputs"]["region"] for one in self.resources if one["type"] == "pulumi:providers:aws"}
        object.__setattr__(self, "regions", found)

    @property
    def home(self) -> str:
        """The region in which Dify runs. Raises LookupError for a stack without a cluster."""
        for region, _ in self.everywhere("ecs/cluster:Cluster"):
            return region
        raise LookupError("no cluster in it, and so no stack on AWS")

    def of(self, kind: str) -> list[Inputs]:
        """Inputs of every resource of AWS whose type ends with `kind`."""
        return [inputs for _, inputs in self.everywhere(kind)]

    def everywhere(self, kind: str) -> Iterator[tuple[str, Inputs]]:
        """The same, each with its region."""
        for one in self.resources:
            if one["type"].startswith("aws:") and one["type"].endswith(kind):
                yield self.regions[one["provider"].rsplit("::", 1)[0]], cast("Inputs", one["inputs"])

    def counts(self, kind: str) -> dict[str, int]:
        """How many there are in each region."""
        found: dict[str, int] = {}
        for region, _ in self.everywhere(kind):
            found[region] = found.get(region, 0) + 1
        return dict(sorted(found.items()))
