"""The command as a timer calls it: every setting changes who is told what, and the exit code says whether they are."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.__main__ import main, parser
from operations.host.watch import command
from operations.host.watch.look import Look
from operations.host.watch.memory import Keeper
from operations.journal import journal_of, state_folder
from operations.outcome import ExitCode
from tests.operations.conftest import Ended
from tests.operations.host.watch_world import (
    DEPUTY,
    KEY,
    NO_PRIMARY,
    OPS,
    PASSWORD,
    SANDBOX,
    WatchWorld,
    failed,
    found,
    watch_world,
)
from tests.servers import smtp
from tests.servers.certificates import server_certificate
from tests.servers.process import LOOPBACK
from tests.settings.bad_host_alarms import MAIL
from tests.settings.host_files import host_settings

MAIL_HOST = "smtp.example.com"

Call = Callable[..., Ended]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WatchWorld]:
    with watch_world(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """`python -m operations watch host` with `alarms` in its stack file, at a moment when it finds what is `seen`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("DOCKER_HOST", raising=False)

    def run(alarms: dict[str, Any], *options: str, seen: Look | None = None, port: int = 587) -> Ended:
        mail = {"sender": "dify@example.com", "server": MAIL_HOST, "port": port, "loginFile": f"{tmp_path}/login.json"}
        Path("Pulumi.host.yaml").write_text(
            _STACK + f"  dify:mail: {json.dumps(mail)}\n  dify:alarms: {json.dumps(alarms)}\n"
        )
        if seen is not None:
            monkeypatch.setattr(command, "look", partial(_seen, seen))
        capsys.readouterr()
        code = main(["watch", "host", *options])
        said = capsys.readouterr()
        return Ended(int(code), said.out, said.err)

    return run


@pytest.fixture
def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], smtp.MailServer]]:
    """The servers behind the ports of a mail server of the internet."""
    (folder := tmp_path / "mail").mkdir()
    certificate = server_certificate(folder, MAIL_HOST)
    connect = socket.create_connection
    with smtp.MailServer.start(certificate) as later, smtp.MailServer.start(certificate, tls_first=True) as first:
        servers = {587: later, 465: first}

        def to_loopback(address: tuple[str, int], *rest: Any, **more: Any) -> socket.socket:
            host, port = address
            return connect((LOOPBACK, servers[port].port) if host == MAIL_HOST else address, *rest, **more)

        monkeypatch.setattr(socket, "create_connection", to_loopback)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.ca_file))
        yield servers.__getitem__


@pytest.mark.parametrize("port", [587, 465])
def test_everybody_in_email_gets_mail_by_the_server_of_mail(
    world: WatchWorld, call: Call, post: Callable[[int], smtp.MailServer], port: int
) -> None:
    ended = call({"email": [OPS, DEPUTY]}, seen=found(NO_PRIMARY), port=port)
    assert ended.code == ExitCode.DONE, ended.err
    mails = post(port).mails
    assert {mail.recipients for mail in mails} == {(OPS,), (DEPUTY,)}
    assert {(mail.sender, mail.login, mail.tls) for mail in mails} == {("dify@example.com", ("dify", PASSWORD), True)}
    assert {mail.content["Subject"] for mail in mails} == {f"host: {NO_PRIMARY}"}


def test_the_webhook_file_names_who_else_is_told(world: WatchWorld, call: Call) -> None:
    ended = call({"webhookFile": f"{world.folder}/webhook"}, seen=found(NO_PRIMARY))
    assert ended.code == ExitCode.DONE, ended.err
    assert ended.out.splitlines() == ["host: a problem", f"told webhook of {world.folder}/webhook: host: {NO_PRIMARY}"]
    assert [one.path.partition("?")[0] for one in world.channel.asked] == [f"/services/{KEY}"]


def test_the_heartbeat_file_names_what_is_asked(world: WatchWorld, call: Call) -> None:
    ended = call({"heartbeatFile": f"{world.folder}/heartbeat"}, seen=found(SANDBOX))
    assert ended.code == ExitCode.DONE, ended.err
    assert world.beats == 1


def test_the_hours_say_when_it_is_told_again(world: WatchWorld, call: Call) -> None:
    alarms = {"webhookFile": f"{world.folder}/webhook", "repeatHours": 3}
    for minutes in (0, 179, 180):
        call(alarms, seen=found(NO_PRIMARY, minutes=minutes))
    assert len(world.channel.asked) == 2
    call({**alarms, "repeatHours": 2}, seen=found(NO_PRIMARY, minutes=300))
    assert len(world.channel.asked) == 3


def test_without_hours_it_is_a_day(world: WatchWorld, call: Call) -> None:
    for hours in (0, 23.9, 24):
        call({"webhookFile": f"{world.folder}/webhook"}, seen=found(NO_PRIMARY, minutes=hours * 60))
    assert len(world.channel.asked) == 2


def test_problems_that_were_told_are_no_failure_of_the_watch(world: WatchWorld, call: Call) -> None:
    """A timer that fails each minute would be one more thing to look at."""
    assert call({"webhookFile": f"{world.folder}/webhook"}, seen=found(NO_PRIMARY, SANDBOX)).code == ExitCode.DONE


def test_a_message_that_could_not_be_sent_is_one(world: WatchWorld, call: Call) -> None:
    world.channel_says.status = 500
    ended = call({"webhookFile": f"{world.folder}/webhook"}, seen=found(NO_PRIMARY))
    assert ended.code == ExitCode.FAILED
    assert ended.err == f"webhook of {world.folder}/webhook: it answered 500; the next look tries again\n"


def test_a_look_that_failed_is_one_and_is_told(world: WatchWorld, call: Call) -> None:
    """Docker is not there for real; the moments are this machine's."""
    ended = [call({"webhookFile": f"{world.folder}/webhook"}) for _ in range(2)]
    assert {one.code for one in ended} == {ExitCode.FAILED}
    assert all(one.err.startswith("Docker at unix:///nowhere/docker.sock: got No such file or dir") for one in ended)
    (asked,) = world.channel.asked
    assert "the host cannot be looked at: Docker at unix:///nowhere/docker.sock" in json.loads(asked.body)["text"]


def test_a_dry_run_shows_everything_sends_nothing_and_remembers_nothing(
    world: WatchWorld, call: Call, tmp_path: Path
) -> None:
    alarms = {"email": [OPS], "webhookFile": f"{world.folder}/webhook", "heartbeatFile": f"{world.folder}/heartbeat"}
    ended = call(alarms, "--dry-run", seen=found(NO_PRIMARY))
    assert ended.code == ExitCode.DONE
    lines = ended.out.splitlines()
    assert [line for line in lines if line.startswith("would")] == [
        f"would tell {OPS}:",
        f"would tell webhook of {world.folder}/webhook:",
    ]
    assert lines.count(f"host: {NO_PRIMARY}") == 2
    calm = call(alarms, "--dry-run", seen=found())
    assert calm.out.splitlines() == ["host: all is well", f"would ask the heartbeat of {world.folder}/heartbeat"]
    assert (world.channel.asked, world.pulse.asked, world.post.mails) == ([], [], [])
    assert not (tmp_path / "state").exists()


def test_a_test_reaches_everybody_without_a_look_and_changes_nothing_else(
    world: WatchWorld, call: Call, post: Callable[[int], smtp.MailServer], tmp_path: Path
) -> None:
    world.folder.joinpath("webhook").write_text("broken")
    ended = call({"email": [OPS], "webhookFile": f"{world.folder}/webhook"}, "--test")
    assert ended.code == ExitCode.FAILED
    assert ended.out == f"told {OPS}: host: a test of who is told; nothing is wrong\n"
    (line,) = ended.err.splitlines()
    assert line.startswith(f"webhook of {world.folder}/webhook: config dify:alarms.webhookFile: ")
    assert [mail.content["Subject"] for mail in post(587).mails] == ["host: a test of who is told; nothing is wrong"]
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("options", "keys"), [([], "email, webhookFile or heartbeatFile"), (["--test"], "email or webhookFile")]
)
def test_a_watch_that_tells_nobody_says_so(call: Call, options: list[str], keys: str) -> None:
    ended = call({}, *options, seen=found())
    assert ended.code == ExitCode.FAILED
    assert ended.err == f"config dify:alarms: got nobody to tell; a watch tells somebody; add {keys}\n"


def test_a_second_watch_leaves_the_look_to_the_first(world: WatchWorld, call: Call) -> None:
    alarms = {"webhookFile": f"{world.folder}/webhook"}
    call(alarms, seen=found())
    ended: list[Ended] = []

    def while_it_looks(*_: object) -> Look:
        ended.append(call(alarms))
        return found(NO_PRIMARY, minutes=1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "look", while_it_looks)
        assert main(["watch", "host"]) == ExitCode.DONE
    assert [(one.code, one.err) for one in ended] == [
        (ExitCode.REFUSED, "host: another watch is at work; this look is left to it\n")
    ]
    assert len(world.channel.asked) == 1


def test_a_watch_keeps_no_operation_from_its_work_and_no_operation_a_watch(world: WatchWorld, call: Call) -> None:
    alarms = {"webhookFile": f"{world.folder}/webhook"}
    with journal_of("backup", "host", {}, folder=state_folder()):
        assert call(alarms, seen=found(NO_PRIMARY)).code == ExitCode.DONE
    with Keeper(state_folder(), "host").alone(), journal_of("backup", "host", {}, folder=state_folder()):
        pass


def test_no_secret_is_said_or_kept(world: WatchWorld, call: Call, tmp_path: Path) -> None:
    alarms = {"email": [OPS], "webhookFile": f"{world.folder}/webhook", "heartbeatFile": f"{world.folder}/heartbeat"}
    world.channel_says.status = world.pulse_says.status = 500
    ended = [
        *(
            call(alarms, *options, seen=found(*problems))
            for options in ([], ["--dry-run"], ["--test"])
            for problems in ([], [NO_PRIMARY])
        ),
        call(alarms, seen=failed("Docker does not answer")),
    ]
    assert sum(one.code for one in ended) > 0
    kept = [file.read_text() for file in (tmp_path / "state").rglob("*") if file.is_file()]
    assert any("primary" in one for one in kept)
    everything = [*kept, *(one.out + one.err for one in ended)]
    assert not [one for one in everything if KEY in one or PASSWORD in one]


def test_a_wrong_stack_file_is_said_as_by_every_command(call: Call) -> None:
    ended = call({"webhookFile": f"https://hooks.example.com/{KEY}"})
    assert ended.code == ExitCode.FAILED
    assert ended.err.startswith("config dify:alarms.webhookFile: got [hidden]; ")


def test_the_page_says_it_as_the_command_takes_it(call: Call) -> None:
    page = (Path(__file__).parents[3] / "docs/operate-host.md").read_text(encoding="utf-8")
    section = page.partition("## Somebody is told")[2].partition("\n## ")[0]
    (alarms,) = re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)
    settings = host_settings({"mail": MAIL, "alarms": yaml.safe_load(alarms)["dify:alarms"]})
    assert set(settings.alarms.model_fields_set) == set(type(settings.alarms).model_fields)
    called = re.findall(r"python -m operations (watch host[^`\n>]*)", section)
    assert len(called) >= 4
    assert {str(parser("docker").parse_args(one.split()).command) for one in called} == {"watch"}


def _seen(seen: Look, *_: object) -> Look:
    return seen


_STACK = """config:
  dify:target: docker
  dify:environment: dev
  dify:domain: dify.example.com
  dify:release: 1.17.1
  dify:host: {memoryGib: 64, cpus: 8, docker: "unix:///nowhere/docker.sock"}
  dify:tls: {selfSigned: true}
"""
