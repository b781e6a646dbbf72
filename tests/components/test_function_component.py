"""Functions: what is in their packages, where they stand, and that they start from the package alone."""

import importlib
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from components.function import FUNCTIONS, POSTGRESQL, REDIS, Function, FunctionArgs, Inside, package
from tests.components.component_graphs import LOGS, ROOT, document, site
from tests.components.program_variants import TOLD, variant
from tests.recorder import Graph, record

_LIBRARIES = {
    "secret_keeper": (),
    "database_setup": POSTGRESQL,
    "rotation": (*POSTGRESQL, *REDIS),
    "queue_depth": REDIS,
    "probe": (),
    "business_metrics": POSTGRESQL,
    "search_setup": (),
    "webhooks": (),
}
_INSIDE = {"database_setup", "rotation", "queue_depth", "search_setup", "business_metrics"}
_RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six")
"""What Lambda's Python runtimes bring (AWS Lambda Developer Guide, "Packaging your layers": the AWS SDK)."""
_OLDER_PYTHON = ("async_timeout",) if sys.version_info < (3, 11, 3) else ()
"""What redis takes in place of a module that Lambda's Python has and this one has not."""

_START = """
import importlib, sys
package, runtime, name, entry = sys.argv[1:]
sys.path[:0] = [package, runtime]
assert callable(getattr(importlib.import_module(name), entry))
"""


@cache
def _function(*, inside: bool = False) -> Graph:
    args = FunctionArgs(
        site=site(),
        logs=LOGS,
        folder="secret_keeper",
        statements=[{"Sid": "Read", "Effect": "Allow", "Action": ["read"], "Resource": "secret"}],
        inside=Inside(subnet_ids=["private-a"], security_group_id="group") if inside else None,
    )

    def build() -> None:
        Function("keeper", args).run("filled", '{"a": 1}')

    return record(build)


def _inputs(folder: str) -> dict[str, Any]:
    name = f"dify-prod-{folder.replace('_', '-')}"
    (found,) = [one.inputs for one in variant(TOLD).of("lambda/function:Function") if one.inputs["name"] == name]
    return found


def _files(folder: str) -> dict[str, Path]:
    """What is in a recorded package, and where it comes from."""
    return {name: Path(asset.path) for name, asset in _inputs(folder)["code"].assets.items()}


@cache
def _locked() -> dict[str, dict[str, Any]]:
    with (ROOT / "uv.lock").open("rb") as lock:
        return {one["name"]: one for one in tomllib.load(lock)["package"]}


def test_these_are_all_functions_of_the_program_and_all_folders_of_the_repository() -> None:
    names = {
        function.inputs["name"].removeprefix("dify-prod-") for function in variant(TOLD).of("lambda/function:Function")
    }
    folders = {entry.parent.name for entry in FUNCTIONS.glob("*/__init__.py")} - {"shared"}
    assert {name.replace("-", "_") for name in names} == folders == set(_LIBRARIES)


@pytest.mark.parametrize("folder", _LIBRARIES)
def test_a_package_holds_its_own_modules_and_the_shared_ones(folder: str) -> None:
    files = _files(folder)
    for place in (folder, "shared"):
        sources = {source.name for source in (FUNCTIONS / place).glob("*.py")}
        assert sources <= set(files)
    own = {source.name for source in (FUNCTIONS / folder).glob("*.py")}
    shared = {source.name for source in (FUNCTIONS / "shared").glob("*.py")}
    assert own & shared == {"__init__.py"}


@pytest.mark.parametrize("folder", _LIBRARIES)
def test_a_package_holds_the_libraries_that_its_function_names_and_no_others(folder: str) -> None:
    vendored = {name.split("/")[0] for name, path in _files(folder).items() if FUNCTIONS not in path.parents}
    imported = {"python-dateutil": "dateutil", "six": "six.py"}
    expected = {imported.get(library, library) for library in _LIBRARIES[folder]}
    described = {f"{library.replace('-', '_')}-{version(library)}.dist-info" for library in _LIBRARIES[folder]}
    assert vendored == expected | described


@pytest.mark.parametrize("library", sorted({*POSTGRESQL, *REDIS}))
def test_a_vendored_library_is_exactly_the_locked_one(library: str) -> None:
    assert version(library) == _locked()[library]["version"]


@pytest.mark.parametrize("libraries", [POSTGRESQL, REDIS], ids=["postgresql", "redis"])
def test_a_vendored_library_brings_everything_that_it_needs_on_lambda(libraries: tuple[str, ...]) -> None:
    on_lambda = {"python_version": "3.13", "python_full_version": "3.13.0", "implementation_name": "cpython"}
    for library in libraries:
        for needed in _locked()[library].get("dependencies", []):
            marker = Requirement(f"{needed['name']}; {needed['marker']}").marker if "marker" in needed else None
            assert needed["name"] in libraries or (marker is not None and not marker.evaluate(on_lambda)), library


@pytest.mark.parametrize("folder", _LIBRARIES)
def test_a_package_is_plain_text_that_stays_inside_its_zip(folder: str) -> None:
    for name, path in _files(folder).items():
        assert name.endswith((".py", ".pem", ".dist-info/METADATA")), name
        assert not {"..", "__pycache__", "tests"} & set(Path(name).parts), name
        assert not name.startswith("/")
        assert path.is_file()


@pytest.mark.parametrize("folder", _LIBRARIES)
def test_a_package_is_the_same_each_time_so_that_no_change_is_no_deployment(folder: str) -> None:
    made = [package(folder, _LIBRARIES[folder]).assets for _ in range(2)]
    first, second = ([(name, str(getattr(a, "path", ""))) for name, a in assets.items()] for assets in made)
    assert first == second
    assert dict(first) == {name: str(path) for name, path in _files(folder).items()}


@pytest.mark.parametrize("folder", _LIBRARIES)
def test_a_function_starts_from_its_package_and_lambdas_runtime_alone(folder: str, tmp_path: Path) -> None:
    unpacked, runtime = tmp_path / "package", tmp_path / "runtime"
    for name, source in _files(folder).items():
        (unpacked / name).parent.mkdir(parents=True, exist_ok=True)
        (unpacked / name).write_bytes(source.read_bytes())
    runtime.mkdir()
    for name in (*_RUNTIME, *_OLDER_PYTHON):
        origin = Path(str(importlib.import_module(name).__file__))
        brought = origin if origin.name == f"{name}.py" else origin.parent
        (runtime / brought.name).symlink_to(brought)
    handler = _inputs(folder)["handler"].split(".")
    command = [sys.executable, "-I", "-S", "-c", _START, str(unpacked), str(runtime), *handler]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("folder", _LIBRARIES)
def test_a_function_stands_in_the_network_exactly_where_it_talks_to_a_store(folder: str) -> None:
    assert ("vpcConfig" in _inputs(folder)) is (folder in _INSIDE)


@pytest.mark.parametrize("folder", _LIBRARIES)
def test_a_function_runs_once_at_a_time_on_the_oldest_python_that_its_code_is_checked_for(folder: str) -> None:
    inputs = _inputs(folder)
    assert inputs["reservedConcurrentExecutions"] == 1
    assert (inputs["runtime"], inputs["architectures"]) == ("python3.13", ["arm64"])
    assert 0 < inputs["timeout"] <= 900


@pytest.mark.parametrize("folder", _LIBRARIES)
def test_a_function_has_no_variables_but_its_settings(folder: str) -> None:
    variables = _inputs(folder).get("environment", {"variables": {}})["variables"]
    assert set(variables) <= {"ROTATION", "QUEUE_DEPTH", "BUSINESS_METRICS", "PROBE", "DATABASE_CA_FILE"}


def test_its_log_group_is_encrypted_kept_and_there_before_it_is() -> None:
    graph = _function()
    group, function = graph.one(":LogGroup"), graph.one("lambda/function:Function")
    assert group.inputs == {
        "name": "/aws/lambda/dify-prod-secret-keeper",
        "retentionInDays": 365,
        "kmsKeyId": "key-logs",
    }
    assert function.inputs["loggingConfig"] == {"logFormat": "JSON", "logGroup": group.inputs["name"]}
    assert group.urn in function.property_dependencies["loggingConfig"]


def test_its_permissions_stand_before_it_is_called() -> None:
    graph = _function()
    policy = graph.one("iam/rolePolicy:RolePolicy")
    assert policy.urn in graph.one("lambda/function:Function").property_dependencies["role"]
    assert [s["Sid"] for s in document(policy.inputs["policy"])] == ["Read", "WriteLogs"]


def test_its_role_is_taken_by_functions_only() -> None:
    (statement,) = document(_function().named("keeper-role").inputs["assumeRolePolicy"])
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert "Condition" not in statement  # Lambda's guide promises nothing that one could look at


def test_only_a_function_inside_the_network_may_make_network_interfaces() -> None:
    assert _function().of(":RolePolicyAttachment") == []
    (attached,) = _function(inside=True).of(":RolePolicyAttachment")
    assert attached.inputs["policyArn"].endswith(":policy/service-role/AWSLambdaVPCAccessExecutionRole")
    place = _function(inside=True).one("lambda/function:Function").inputs["vpcConfig"]
    assert place == {"subnetIds": ["private-a"], "securityGroupIds": ["group"]}


def test_a_call_of_a_deployment_is_made_again_when_the_code_changes() -> None:
    call = _function().one("lambda/invocation:Invocation").inputs
    assert (call["input"], call["functionName"]) == ('{"a": 1}', "dify-prod-secret-keeper")
    assert call["triggers"] == {"code": "keeper-function-codeSha256"}
