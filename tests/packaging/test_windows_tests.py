"""The Python with which the tests run as on Windows."""

from __future__ import annotations

from pathlib import Path

import pytest

from installing import windows_tests
from installing.windows import Windows


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[object, ...]]:
    """What was unpacked into a Python that is only names of files."""

    def put_interpreter(_windows: Windows, application: Path) -> None:
        (application / "python").mkdir()
        for name in ("python.exe", "python313._pth"):
            (application / "python" / name).touch()

    unpacked: list[tuple[object, ...]] = []
    monkeypatch.setenv("PPO_DESKTOP_BUILDING", str(tmp_path))
    monkeypatch.setattr(Windows, "put_interpreter", put_interpreter)
    monkeypatch.setattr("installing.wheels.fetch", lambda *_: tmp_path)
    monkeypatch.setattr("installing.wheels.unpack", lambda *arguments: unpacked.append(arguments))
    return unpacked


def test_it_is_made_once_with_the_tools_and_takes_variables(installed: list[tuple[object, ...]]) -> None:
    python = windows_tests.provide_python()
    assert windows_tests.provide_python() == python
    assert [path.name for path in python.parent.iterdir()] == ["python.exe"]
    ((_, _, _, packages),) = installed
    assert packages is windows_tests.TOOLS
