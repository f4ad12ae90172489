"""How the launcher installs packages, and what it says when that fails."""

from __future__ import annotations

import os
import re
import socket
import sys
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement

from launching import pip
from launching.environment import APP, TOOLS
from launching.processes import Problem

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


@pytest.fixture
def closed_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


@pytest.fixture
def server():
    """The address of a web server that knows no page."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def pins(file: Path) -> dict[str, Requirement]:
    lines = file.read_text(encoding="utf-8").splitlines()
    requirements = [Requirement(line) for line in lines if line and line[0] not in "#-"]
    return {canonical(requirement.name): requirement for requirement in requirements}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("packages", [APP, TOOLS], ids=["app", "tools"])
def test_every_package_is_pinned_exactly(packages):
    for requirement in pins(packages.requirements).values():
        assert [specifier.operator for specifier in requirement.specifier] == ["=="], requirement


def test_the_pins_lie_in_the_ranges_of_the_project():
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    for pinned, ranges in (
        (pins(APP.requirements), project["project"]["dependencies"]),
        (pins(TOOLS.requirements), project["dependency-groups"]["dev"]),
    ):
        for wanted in map(Requirement, ranges):
            (specifier,) = pinned[canonical(wanted.name)].specifier
            assert wanted.specifier.contains(specifier.version), wanted


def test_pygame_is_never_listed_beside_pygame_ce():
    assert "pygame" not in pins(APP.requirements)


def test_a_package_index_out_of_reach_is_explained_in_one_line(tmp_path, monkeypatch, closed_port):
    monkeypatch.setattr(pip, "torch_sources", list)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_RETRIES", "0")
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"--index-url http://127.0.0.1:{closed_port}/simple\nno-such-package==1.0\n")
    log = tmp_path / "log"
    with pytest.raises(Problem) as raised:
        pip.install(Path(sys.executable), requirements, log)
    assert str(raised.value).startswith("the package index cannot be reached: check the network")
    assert str(log) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("logged", "explanation"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "the disk is full"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "PIP_CERT"),
        (
            "ERROR: No matching distribution found for torch==2.13.0",
            "torch==2.13.0 does not exist for Python",
        ),
        ("ERROR: [WinError 5] Access is denied: 'torch.dll'", "close PPO Desktop"),
        (
            "2026 WARNING: Max retries exceeded\n2026 HashMismatch: THESE PACKAGES DO NOT MATCH THE HASHES.\n"
            "2026     six==1.16.0 from file:///wheels/six.whl (from -r lock (line 1)):\n2026   Expected 0",
            "six==1.16.0 from file:///wheels/six.whl is not the file that was pinned",
        ),
        ("ERROR: one\nERROR: two\nTraceback", "setting up failed: two"),
        ("", "no reason given"),
    ],
)
def test_the_log_of_a_failure_is_put_into_one_line(tmp_path, logged, explanation):
    log = tmp_path / "log"
    log.write_text(logged)
    message = pip.diagnose(log)
    assert explanation in message
    assert "\n" not in message


def test_a_server_that_does_not_know_the_page_answers_all_the_same(server):
    assert pip.answers(server, timeout=3)


def test_a_closed_port_does_not_answer(closed_port):
    assert not pip.answers(f"http://127.0.0.1:{closed_port}/", timeout=3)


@pytest.mark.parametrize(
    ("system", "gpu", "reachable", "sources"),
    [
        ("linux", False, True, ["--extra-index-url", pip.CPU_INDEX]),
        ("linux", False, False, []),
        ("linux", True, True, []),
        ("darwin", False, True, []),
        ("win32", False, True, []),
    ],
)
def test_only_linux_without_a_gpu_asks_for_the_build_without_cuda(
    monkeypatch, system, gpu, reachable, sources
):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(pip, "has_nvidia_gpu", lambda: gpu)
    monkeypatch.setattr(pip, "answers", lambda url, timeout: reachable)
    assert pip.torch_sources() == sources


def test_a_full_disk_is_recognised_even_if_nothing_could_be_logged(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=4096))
    log = tmp_path / "log"
    log.touch()
    assert pip.diagnose(log).startswith("the disk is full")
