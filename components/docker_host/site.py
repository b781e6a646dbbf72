"""Where the containers stand: what every component of a host needs to know to name and own things."""

from dataclasses import dataclass
from typing import Any

from settings.environment import Lifecycle


@dataclass(frozen=True, kw_only=True)
class HostSite:
    """`stack` is Pulumi's name of it; a host may carry several. Logs are json-file's, `log_size_mib` a file. A process
    may have `open_files`: each open stream takes one or two."""

    stack: str
    release: str
    lifecycle: Lifecycle
    log_size_mib: int
    log_files: int
    open_files: int

    @property
    def prefix(self) -> str:
        """Begins every name, so that it is found again."""
        return f"dify-{self.stack}"

    @property
    def namespace(self) -> str:
        """The domain of the containers' names."""
        return f"{self.prefix}.internal"

    @property
    def retains(self) -> bool:
        """Whether data outlives the stack."""
        return self.lifecycle is Lifecycle.RETAIN

    def name(self, part: str) -> str:
        """What Docker calls a part."""
        return f"{self.prefix}-{part}"

    def host(self, part: str) -> str:
        """What other containers call a part, or all of a kind."""
        return f"{part}.{self.namespace}"

    def labels(self, part: str, **more: str) -> list[Any]:
        """Labels of a part, in the order of their names; an underscore in a name is a hyphen in its label."""
        values = {"stack": self.stack, "part": part, **more}
        return [{"label": f"dify.{name.replace('_', '-')}", "value": value} for name, value in sorted(values.items())]
