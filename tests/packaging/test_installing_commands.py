"""What the launcher does to build an installer and to try it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from installing import commands
from installing.linux import Linux
from installing.windows import Windows
from launching.processes import Problem


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("PPO-Desktop-1.0-amd64.deb", Linux),
        ("PPO-Desktop-1.0-x86_64.tar.zst", Linux),
        ("PPO-Desktop-1.0-Setup.exe", Windows),
    ],
)
def test_a_file_is_known_by_its_name(name, target):
    assert isinstance(commands.target_for(Path(name)), target)


def test_a_file_of_another_kind_is_refused():
    with pytest.raises(Problem, match=r"\.deb"):
        commands.target_for(Path("PPO-Desktop-1.0.rpm"))


def test_a_system_without_an_installer_is_told_which_there_are():
    with pytest.raises(Problem, match=r"--system .*linux"):
        commands.target_of(None)


def test_a_file_that_is_not_there_is_told_how_to_build(tmp_path):
    with pytest.raises(Problem, match=r"launcher\.py installer"):
        commands.smoke([str(tmp_path / "none.deb")])


def test_the_checksum_is_beside_the_file_as_sha256sum_reads_it(tmp_path):
    file = tmp_path / "a.deb"
    file.write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    assert commands.put_checksum(file).read_bytes() == f"{digest}  a.deb\n".encode()
