"""What stands in the application folder on every system."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from installing import payload
from installing.macos import MacOS
from installing.target import Target
from launching.processes import Problem
from ppo_desktop import resource_files
from ppo_desktop.lessons.course import course
from ppo_desktop.ppo.kernels import cache, target
from ppo_desktop.resource_files import resource_path

TELL = "import json, os, sys; json.dump([list(sys.flags), dict(os.environ)], open(sys.argv[1], 'w'))"


class ThisPython(MacOS):
    """A target whose interpreter is the one that runs the tests."""

    interpreter = sys.executable
    call = Target.call


def test_kernels_that_were_compiled_in_the_checkout_are_not_shipped(monkeypatch, tmp_path):
    package = tmp_path / "checkout" / "ppo_desktop"
    for folder in (package / "kernels" / "0123456789", package / "ppo" / "kernels"):
        folder.mkdir(parents=True)
        (folder / "a file").touch()
    monkeypatch.setattr(payload, "CHECKOUT", package.parent)
    monkeypatch.setattr(payload, "included_in_wheel", dict)
    payload.put_app(tmp_path / "packages")
    files = [path for path in (tmp_path / "packages").rglob("*") if path.is_file()]
    assert files == [tmp_path / "packages" / "ppo_desktop" / "ppo" / "kernels" / "a file"]


def test_lessons_and_the_runs_recorded_for_them_are_where_the_installed_program_looks(monkeypatch, tmp_path):
    payload.put_app(tmp_path)
    lessons = resource_path("lessons")
    shipped = {path.relative_to(lessons) for path in lessons.rglob("*.*")}
    monkeypatch.setattr(resource_files, "PACKAGE", tmp_path / "ppo_desktop")
    installed = resource_path("lessons")
    assert installed.is_relative_to(tmp_path / "ppo_desktop")
    assert {path.relative_to(installed) for path in installed.rglob("*.*")} == shipped
    assert all(opened.recorded_path.is_relative_to(installed) for opened in course())


def test_what_the_builder_has_set_changes_nothing_that_is_compiled(monkeypatch, tmp_path):
    for name in ("PYTHONOPTIMIZE", "NUMBA_OPT", "NUMBA_CPU_NAME", "PPO_DESKTOP_HOME"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("SOMETHING_ELSE", "1")
    told = tmp_path / "told"
    ThisPython().run(tmp_path, ["-c", TELL, told])
    flags, variables = json.loads(told.read_text())
    names = [name for name in variables if name.startswith(("PYTHON", "NUMBA", "PPO_DESKTOP", "SOMETHING"))]
    assert names == ["SOMETHING_ELSE"]
    isolated = [sys.executable, "-I", "-X", "utf8", "-c"]
    plain = subprocess.check_output([*isolated, "import json, sys; print(json.dumps(list(sys.flags)))"])
    assert flags == json.loads(plain)


@pytest.mark.parametrize(
    ("kinds", "refused"), [(["x86-64-v4", "x86-64-v3"], False), (["apple-m1"], False), (["skylake"], True)]
)
def test_kernels_that_few_processors_can_use_are_not_shipped(monkeypatch, capsys, tmp_path, kinds, refused):
    def call(_target: Target, _application: Path, arguments: list[str]) -> int:
        if arguments[0] != "-c":
            return 0  # they are prepared
        monkeypatch.setattr(sys, "argv", arguments[1:])
        with pytest.raises(SystemExit) as ended:
            exec(arguments[1], {})
        return int(ended.value.code or 0)

    monkeypatch.setattr(ThisPython, "call", call)
    monkeypatch.setattr(target, "possible_targets", lambda: tuple(map(target.Target, kinds)))
    monkeypatch.setattr(cache, "is_whole", lambda folder: True)
    with pytest.raises(Problem) if refused else nullcontext():
        payload.put_kernels(ThisPython(), tmp_path)
    assert capsys.readouterr().out.split()[-len(kinds) :] == kinds


def test_kernels_that_are_not_there_are_not_shipped(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["-c", *payload.SERVE_ALL])
    monkeypatch.setattr(cache, "is_whole", lambda folder: False)
    with pytest.raises(SystemExit) as ended:
        exec(payload.TELL_KERNELS, {})
    assert ended.value.code
