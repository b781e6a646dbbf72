"""A whole stack on one Docker host: what users notice when a part of it dies, is replaced or starts again."""

import json
import time
from collections.abc import Callable, Generator, Sequence

import pytest

from operations.host.docker_host import DockerHost, wait_for
from operations.host.part import ONE_OFF
from operations.host.postgres_pair import other
from tests.host_live.figures import keep, keep_load
from tests.host_live.load import APPEND, BODILESS, JOB, PAGE, READ, WRITE, Load, steady
from tests.host_live.stack import NEW, OLD, WELL_SECONDS, HostStack, brought_up, host_stack, secrets_of, state_text
from tests.servers.docker_engine import DockerEngine

pytestmark = pytest.mark.live

BEFORE, AFTER = 400, 600
"""Good answers before a drill begins and after it is over."""

MOST_FAILED = 0.001
"""Of all requests, where one of two instances dies."""


@pytest.fixture(scope="module")
def stack(engine: DockerEngine, tmp_path_factory: pytest.TempPathFactory) -> Generator[HostStack]:
    with host_stack(engine, tmp_path_factory.mktemp("host"), {}) as made:
        begun = time.monotonic()
        brought_up(made)
        keep("pulumi up, empty host", seconds=round(time.monotonic() - begun))
        made.wait_backed_up()
        made.wait_well()
        yield made


def drilled(stack: HostStack, what: Callable[[Load], object], kinds: Sequence[str] | None = None) -> Load:
    """The load before, during and after `what`, until everything is well again."""
    with steady(stack.address, *([kinds] if kinds else [])) as load:
        load.wait(BEFORE)
        what(load)
        load.wait(AFTER)
        stack.wait_well()
    return load


def lost(stack: HostStack, load: Load) -> set[str]:
    """Rows that were acknowledged and are not there."""
    return {
        *load.names(WRITE) - stack.column("SELECT id FROM rows"),
        *load.names(APPEND) - stack.column("SELECT id FROM appended"),
    }


def assert_almost_none_failed(stack: HostStack, load: Load) -> None:
    """What nginx may repeat was answered; what only a client may repeat is answered then."""
    assert load.failed(*BODILESS) == []
    assert load.share_failed() <= MOST_FAILED, load.statuses()
    assert {stack.ask("PUT", f"/v1/rows/{one.name}", one.name).status for one in load.failed(WRITE)} <= {200}


def test_everything_is_well(
    stack: HostStack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_: DockerHost) -> None:
        """What else this machine does is not what the stack is judged by."""

    monkeypatch.setattr("operations.host.status.read_machine", unknown)
    code = stack.operate("status")
    said = capsys.readouterr().out
    assert (code, said.splitlines()[0]) == (0, "host: all is well"), said
    assert stack.operate("check") == 0, capsys.readouterr().err


def test_a_second_up_has_nothing_to_do(stack: HostStack) -> None:
    before = stack.containers()
    again = stack.place.up("--expect-no-changes", "--refresh")
    assert again.code == 0, again.text
    assert stack.containers() == before


def test_nothing_but_http_and_https_can_be_reached(stack: HostStack) -> None:
    published = {(port, name) for name, _, _, port in stack.host.published()}
    assert published == {(80, "dify-host-nginx"), (443, "dify-host-nginx")}
    listening = stack.engine.run_inside(["ss", "-Hltn"]).stdout.split("\n")
    open_ports = {line.split()[3].rpartition(":")[2] for line in listening if line and "127.0.0.11" not in line}
    assert open_ports == {"80", "443"}


def test_no_secret_can_be_seen_from_outside_its_readers(stack: HostStack) -> None:
    values = secrets_of(stack)
    own = stack.host.output("api-1", "cat", "/run/secrets/dify/environment")
    assert values["application.SECRET_KEY"] in own, "nothing would be found"
    known = {
        "state": state_text(stack),
        **{f"inspect {part.name}": json.dumps(stack.host.inspect(part.name)) for part in stack.host.parts()},
        **{
            f"logs {part.name}": stack.host.client.logs(part.container).decode(errors="replace")
            for part in stack.host.parts()
        },
        "arguments": "\n".join(stack.arguments()),
        "stack file": stack.place.workspace.config_file.read_text(),
    }
    seen = {(place, name) for place, text in known.items() for name, value in values.items() if value in text}
    assert seen == set()


def test_each_service_answers_on_its_routes_and_takes_its_own_logins(stack: HostStack) -> None:
    for path, service in {"/signin": "web", "/console/api/x": "api", "/e/x": "plugin-daemon"}.items():
        answer = json.loads(stack.ask("GET", path).data)
        assert answer["service"] == service
        assert {answer.get("database", "ok"), answer.get("redis", "ok")} == {"ok"}, answer
    assert stack.ask("GET", "/inner/api/x").status == 403


def test_what_one_instance_stores_another_one_reads(stack: HostStack) -> None:
    assert stack.ask("PUT", "/files/kept", "a file of a user").status == 200
    assert stack.ask("PUT", "/v1/rows/kept", "a row of a user").status == 200
    for path, text in {"/files/kept": "a file of a user\n", "/v1/rows/kept": "a row of a user\n"}.items():
        said = [stack.ask("GET", path) for _ in range(12)]
        assert {one.headers["X-Served-By"] for one in said} == {"api-1", "api-2"}
        assert {one.data.decode() for one in said} == {text}


def test_a_stream_arrives_event_by_event(stack: HostStack) -> None:
    events = stack.arrivals("/v1/stream/20")
    assert len(events) == 20
    assert len(set(events)) > 10, "several events came at once: something keeps them back"


def test_an_api_instance_that_dies_costs_no_request(stack: HostStack) -> None:
    load = drilled(stack, lambda _: stack.kill("api-1"))
    keep_load("kill an api instance", load, READ, WRITE)
    assert_almost_none_failed(stack, load)
    assert lost(stack, load) == set()
    assert {one.by for one in load.of(READ)} == {"api-1", "api-2"}


def test_an_api_instance_that_is_told_to_end_costs_no_request_whatever_it_does(stack: HostStack) -> None:
    def restart(load: Load) -> None:
        for instance in ("api-1", "api-2", "api-1"):
            stack.restart(instance)
            stack.wait_well()
            load.wait(BEFORE)

    load = drilled(stack, restart, [WRITE, APPEND, READ])
    keep_load("restart api instances, three times", load, READ, WRITE, APPEND)
    assert load.failed() == []
    assert lost(stack, load) == set()


def test_an_api_instance_that_hangs_is_asked_no_more_until_it_answers_again(stack: HostStack) -> None:
    told: dict[str, float] = {}

    def hang(load: Load) -> None:
        with stack.hanging("api-1"):
            wait_for("nginx asks it no more", lambda: "api-1" not in stack.ready(), seconds=WELL_SECONDS)
            told["at"] = time.monotonic()
            load.wait(BEFORE)
            told["until"] = time.monotonic()
        wait_for("nginx asks it again", lambda: "api-1" in stack.ready(), seconds=WELL_SECONDS)

    load = drilled(stack, hang)
    keep_load("an api instance hangs", load, READ, WRITE)
    assert {one.by for one in load.of(READ, WRITE) if told["at"] < one.due < told["until"]} == {"api-2"}
    assert [one for one in load.failed() if one.due > told["at"]] == []


def test_a_web_instance_that_dies_costs_no_request(stack: HostStack) -> None:
    load = drilled(stack, lambda _: stack.kill("web-1"))
    keep_load("kill a web instance", load, PAGE)
    assert_almost_none_failed(stack, load)


def test_nginx_that_starts_again_serves_again_and_loses_nothing_that_it_answered(stack: HostStack) -> None:
    load = drilled(stack, lambda _: stack.restart("nginx"))
    keep_load("restart nginx", load)
    assert {one.status for one in load.failed()} <= {0}, load.statuses()
    assert lost(stack, load) == set()


def test_jobs_outlive_a_redis_that_dies(stack: HostStack) -> None:
    load = drilled(stack, lambda _: stack.kill("redis"), [READ, JOB])
    done = wait_for_jobs(stack, load)
    keep_load("kill Redis", load, JOB, jobs_lost=len(load.names(JOB) - done))
    assert load.failed(READ) == []
    assert load.names(JOB) <= done


def wait_for_jobs(stack: HostStack, load: Load) -> set[str]:
    """Workers have made rows of all jobs that were taken."""
    wait_for("jobs are done", lambda: load.names(JOB) <= stack.column("SELECT id FROM jobs"), seconds=120)
    return stack.column("SELECT id FROM jobs")


def test_a_database_that_crashes_comes_back_with_every_row(stack: HostStack) -> None:
    primary = stack.pair.named_primary()
    load = drilled(stack, lambda _: stack.kill(primary))
    keep_load("kill the primary database, it starts again", load, WRITE, rows_lost=len(lost(stack, load)))
    assert stack.pair.named_primary() == primary
    assert lost(stack, load) == set()


def test_a_database_that_is_lost_is_replaced_by_its_standby(stack: HostStack) -> None:
    primary = stack.pair.named_primary()
    standby = other(primary)
    replicated: set[str] = set()

    def lose(_: Load) -> None:
        # By Docker's own hand, so that it does not start again by itself.
        stack.host.client.kill(stack.host.part(primary).container)
        replicated.update(stack.column("SELECT id FROM rows", standby))
        assert stack.operate("promote") == 0

    load = drilled(stack, lose)
    gone = lost(stack, load)
    keep_load("lose the primary database, promote", load, WRITE, rows_lost=len(gone))
    assert stack.pair.named_primary() == standby
    assert not replicated & gone


def test_a_switchover_loses_no_row(stack: HostStack) -> None:
    primary = stack.pair.named_primary()

    def switch(_: Load) -> None:
        assert stack.operate("promote", "--switchover") == 0

    load = drilled(stack, switch)
    keep_load("promote --switchover", load, WRITE, rows_lost=len(lost(stack, load)))
    assert stack.pair.named_primary() == other(primary)
    assert lost(stack, load) == set()


def test_a_new_release_replaces_one_instance_at_a_time_and_costs_no_request(stack: HostStack) -> None:
    before = stack.containers()
    with steady(stack.address) as load:
        load.wait(BEFORE)
        with stack.watched(("nginx", "web", "api", "worker", "postgres", "redis")) as missing:
            code = stack.operate("upgrade", NEW, "--pulumi", str(stack.pulumi()))
        load.wait(AFTER)
    replaced = {name for name, made in stack.containers().items() if made != before[name]}
    keep_load(f"upgrade {OLD} to {NEW}", load, containers_replaced=len(replaced))
    assert code == 0
    assert load.failed() == []
    assert missing == set()
    assert {"api-1", "api-2", "web-1", "web-2", "worker-1", "worker-2", "beat"} <= replaced
    assert not replaced & {"nginx", "redis", "postgres-a", "postgres-b", "backup"}
    assert lost(stack, load) == set()


def test_after_a_restart_of_the_machine_everything_comes_back_in_its_role(stack: HostStack) -> None:
    primary, running, before = stack.pair.named_primary(), stack.running(), stack.containers()
    begun = time.monotonic()
    stack.engine.shut_down()
    down = time.monotonic()
    stack.engine.boot()
    stack.wait_served()
    keep("restart the host", stop_s=round(down - begun), until_served_s=round(time.monotonic() - down))
    stack.wait_well(but="backup")
    assert stack.pair.named_primary() == primary
    assert stack.running() == running
    assert stack.containers() == before
    assert stack.ask("GET", "/v1/rows/kept").data == b"a row of a user\n"
    assert stack.ask("GET", "/files/kept").data == b"a file of a user\n"
    assert {part.state for part in stack.host.parts() if part.kind in ONE_OFF} == {"exited"}


def test_a_destroy_leaves_the_data_and_nothing_else(stack: HostStack) -> None:
    volumes = set(stack.host.volumes())
    refused = stack.place.destroy()
    assert refused.code != 0
    assert "protected" in refused.text
    assert stack.host.parts(), "a refused destroy must not stop anything"
    destroyed = stack.place.destroy("--exclude-protected")
    assert destroyed.code == 0, destroyed.text
    assert stack.host.parts() == ()
    assert stack.host.client.networks(filters={"label": "dify.stack=host"}) == []
    assert set(stack.host.volumes()) == volumes - {"dify-host-programs", "dify-host-ready"}
