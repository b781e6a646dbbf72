"""The Python language host: what the Pulumi engine asks to run a Python program or policy pack.

The official host is part of the official CLI download; this one speaks the same protocol
(`pulumirpc.LanguageRuntime`, stubs from the `pulumi` package) and hands programs to the official executor script.
"""

# ruff: noqa: ARG002, S603  the signatures are gRPC's, the commands the engine's

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distributions, version
from pathlib import Path
from typing import IO, Any

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

_MESSAGE_WAS_SHOWN = 32
"""Exit code of the executor when the user has seen the error already (executor script)."""

_SERVE_THREADS = 16


def interpreter(info: language_pb2.ProgramInfo) -> str:
    """The Python of the program's `virtualenv` option, or the one that runs this host."""
    chosen = dict(info.options).get("virtualenv")
    if isinstance(chosen, str) and chosen:
        python = Path(info.root_directory or ".", chosen, "bin", "python")
        if python.exists():
            return str(python)
    return sys.executable


def program_command(request: language_pb2.RunRequest, executor: Path, engine: str) -> list[str]:
    """The executor's command line for a program."""
    return [
        interpreter(request.info),
        "-u",
        str(executor),
        f"--monitor={request.monitor_address}",
        f"--engine={engine}",
        f"--project={request.project}",
        f"--stack={request.stack}",
        f"--pwd={request.pwd}",
        f"--dry_run={'true' if request.dryRun else 'false'}",
        f"--parallel={request.parallel}",
        f"--organization={request.organization}",
        f"--root_directory={request.info.root_directory}",
        str(Path(request.info.program_directory, request.info.entry_point)),
        *request.args,
    ]


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """One engine's host; `executor` is the script `pulumi-language-python-exec`."""

    def __init__(self, executor: Path, engine: str) -> None:
        self._executor = executor
        self._engine = engine

    def Handshake(self, request: Any, context: Any) -> Any:
        self._engine = request.engine_address or self._engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=version("pulumi"))

    def GetRequiredPlugins(self, request: Any, context: Any) -> Any:
        return language_pb2.GetRequiredPluginsResponse()

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:
        return language_pb2.GetRequiredPackagesResponse()

    def About(self, request: Any, context: Any) -> Any:
        return language_pb2.AboutResponse(executable=sys.executable, version=sys.version.split()[0])

    def GetProgramDependencies(self, request: Any, context: Any) -> Any:
        found = [language_pb2.DependencyInfo(name=one.name, version=one.version) for one in distributions()]
        return language_pb2.GetProgramDependenciesResponse(dependencies=found)

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:
        yield language_pb2.InstallDependenciesResponse(stdout=b"The locked environment is installed by make setup.\n")

    def Cancel(self, request: Any, context: Any) -> Any:
        return Empty()

    def Run(self, request: Any, context: Any) -> Any:
        """Run the program to its end; its output goes where this host's output goes."""
        environment = {
            **os.environ,
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        child = subprocess.Popen(
            program_command(request, self._executor, self._engine), cwd=request.pwd, env=environment
        )
        _end_with(context, child)
        code = child.wait()
        if code == 0:
            return language_pb2.RunResponse()
        if code == _MESSAGE_WAS_SHOWN:
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse(error=f"Program exited with non-zero exit code: {code}")

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:
        """Run a policy pack (kind `analyzer`) and pass its output on until it ends or the engine has enough."""
        if request.kind != "analyzer":
            context.abort(
                grpc.StatusCode.UNIMPLEMENTED, f"this host runs policy packs, no plugin of kind {request.kind}"
            )
        environment = {**os.environ, **_variables(request.env)}
        command = [interpreter(request.info), "-u", "-m", "pulumi.policy", *request.args]
        command.append(request.info.program_directory or request.program)
        child = subprocess.Popen(
            command, cwd=request.pwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        _end_with(context, child)
        for name, data in _output(child):
            yield (
                language_pb2.RunPluginResponse(stdout=data)
                if name == "stdout"
                else language_pb2.RunPluginResponse(stderr=data)
            )
        yield language_pb2.RunPluginResponse(exitcode=child.wait())


def _variables(assignments: list[str]) -> Mapping[str, str]:
    return dict(one.split("=", 1) for one in assignments)


def _end_with(context: Any, child: "subprocess.Popen[bytes]") -> None:
    """The engine ends a policy pack, and a program on Ctrl-C, by ending the call."""

    def end() -> None:
        if child.poll() is None:
            child.terminate()

    if not context.add_callback(end):
        end()


def _output(child: "subprocess.Popen[bytes]") -> Iterator[tuple[str, bytes]]:
    """Both streams of `child` as they come."""
    pieces: queue.Queue[tuple[str, bytes]] = queue.Queue()

    def pump(name: str, stream: IO[bytes] | None) -> None:
        while stream is not None and (data := os.read(stream.fileno(), 65536)):
            pieces.put((name, data))
        pieces.put((name, b""))

    for name, stream in (("stdout", child.stdout), ("stderr", child.stderr)):
        threading.Thread(target=pump, args=(name, stream), daemon=True).start()
    open_streams = 2
    while open_streams:
        name, data = pieces.get()
        if data:
            yield name, data
        else:
            open_streams -= 1


def main() -> None:
    """Serve on a free port, which is the first line of output, until the engine sends SIGINT."""
    executor = Path(sys.executable).with_name("pulumi-language-python-exec")
    addresses = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    server: Any = grpc.server(ThreadPoolExecutor(_SERVE_THREADS))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(
        LanguageHost(executor, addresses[0] if addresses else ""), server
    )
    port: int = server.add_insecure_port("127.0.0.1:0")
    done = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda _number, _frame: done.set())
    server.start()
    print(port, flush=True)
    done.wait()
    server.stop(grace=None)
    # Threads that still wait for a child must not hold the engine up.
    os._exit(0)


if __name__ == "__main__":
    main()
