"""Stands in for the user's Pulumi: what the program would do to the containers of one stack, on the real Docker.

A file `broken` beside the stack file makes `up` fail half-way, as an image that does not start would.
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from operations.host.docker_host import DockerHost
from tests.operations.host.host_containers import RELEASE
from tests.operations.host.host_world import HostWorld

_RELEASED = ("api-1", "web-1", "worker-1", "beat", "plugin-daemon")


def main(arguments: list[str]) -> int:
    """`config set dify:release RELEASE` and `up`, each with `--stack`."""
    stack = arguments[arguments.index("--stack") + 1]
    file = Path(f"Pulumi.{stack}.yaml")
    if arguments[:2] == ["config", "set"]:
        kept = re.sub(r"\n  dify:release: .*", "", file.read_text().rstrip())
        file.write_text(f"{kept}\n  {arguments[2]}: {arguments[3]}\n")
        return 0
    (release,) = re.findall(r"dify:release: (.*)", file.read_text())
    with DockerHost.reach(Path("docker-host").read_text(), stack) as host:
        world = HostWorld(address=host.address, stack=stack, host=host)
        if release != RELEASE:
            world.sql(world.pair.named_primary(), "UPDATE alembic_version SET version_num = 'newer'")
        for part in _RELEASED:
            if Path("broken").exists() and part == "worker-1":
                print("error: dify-worker-1 does not become healthy", file=sys.stderr)
                return 255
            world.replace(part, release)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
