"""The launcher's private environment."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from launching import environment as environments
from launching import pip
from launching.environment import Environment, PackageSet, environment_folder
from launching.processes import Problem

LAUNCHER_FOLDER = Path(environments.__file__).parents[1]
HOLD_THE_LOCK = """
import pathlib, sys, time
from launching.lock import only_one
lock, diary = map(pathlib.Path, sys.argv[1:])
with only_one(lock):
    for word in ("in", "out"):
        with diary.open("a") as file:
            file.write(word + " ")
        time.sleep(0.3)
"""


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    monkeypatch.setattr(pip, "torch_sources", list)


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory) -> Path:
    """A folder with wheels of a package `tiny`; making an environment takes seconds, so tests share one."""
    folder = tmp_path_factory.mktemp("set_up")
    for version in ("1.0", "2.0"):
        with zipfile.ZipFile(folder / f"tiny-{version}-py3-none-any.whl", "w") as wheel:
            about = f"tiny-{version}.dist-info"
            wheel.writestr("tiny.py", f"version = {version!r}\n")
            wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
            wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(
                f"{about}/RECORD", f"tiny.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n"
            )
    return folder


def pin(folder: Path, version: str) -> PackageSet:
    requirements = folder / "requirements.txt"
    requirements.write_text(f"--no-index\n--find-links {folder.as_posix()}\ntiny=={version}\n")
    return PackageSet("app", requirements)


def version_in(environment: Environment) -> str:
    command = [str(environment.python), "-c", "import tiny; print(tiny.version)"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


@pytest.fixture
def environment(shared_folder) -> Environment:
    """An environment that has version 1.0 of `tiny`."""
    environment = Environment(shared_folder / "environment")
    environment.provide(pin(shared_folder, "1.0"))
    return environment


def test_packages_that_are_there_are_not_installed_again(environment, shared_folder, monkeypatch):
    assert version_in(environment) == "1.0"
    monkeypatch.setattr(pip, "install", lambda *_: pytest.fail("installed again"))
    environment.provide(pin(shared_folder, "1.0"))


def test_changed_pins_are_installed(environment, shared_folder):
    environment.provide(pin(shared_folder, "2.0"))
    assert version_in(environment) == "2.0"


def test_a_failed_installation_leaves_no_stamp_and_the_next_start_repeats_it(environment, shared_folder):
    impossible = pin(shared_folder, "3.0")
    with pytest.raises(Problem, match=r"tiny==3\.0 does not exist for Python"):
        environment.provide(impossible)
    assert not environment.has(impossible)
    environment.provide(pin(shared_folder, "1.0"))
    assert version_in(environment) == "1.0"


def test_what_an_interrupted_installation_left_behind_is_cleared_away(environment, shared_folder):
    remains = environment.folder / "half-installed"
    remains.mkdir()
    (environment.folder / "set-up.unfinished").touch()
    (environment.folder / "app.installed").unlink()
    environment.provide(pin(shared_folder, "1.0"))
    assert not remains.exists()
    assert version_in(environment) == "1.0"


def test_an_environment_somebody_made_for_this_python_is_used_and_never_cleared(environment, shared_folder):
    configuration = environment.folder / "pyvenv.cfg"
    ours = configuration.read_text()
    configuration.write_text(ours.replace("prompt = ", "# "))
    belongings = environment.folder / "belongings"
    belongings.touch()
    (environment.folder / "set-up.unfinished").touch()
    environment.provide(pin(shared_folder, "2.0"))
    assert version_in(environment) == "2.0"
    assert belongings.exists()
    configuration.write_text(ours)


def test_an_environment_somebody_made_for_another_python_is_left_alone(tmp_path):
    configuration = tmp_path / "environment" / "pyvenv.cfg"
    configuration.parent.mkdir()
    configuration.write_text("version = 3.9.1\n")
    with pytest.raises(Problem, match="was not made by PPO Desktop"):
        Environment(configuration.parent).provide(pin(tmp_path, "1.0"))
    assert configuration.exists()


def test_the_tools_include_the_app(tmp_path):
    app = PackageSet("app", tmp_path / "app.txt")
    tools = PackageSet("tools", tmp_path / "tools.txt", includes=app)
    app.requirements.write_text("a==1")
    tools.requirements.write_text("-r app.txt")
    before = tools.digest
    app.requirements.write_text("a==2")
    assert tools.digest != before


def test_the_environment_is_in_the_checkout(tmp_path):
    assert environment_folder(tmp_path, {}) == tmp_path / ".venv"


def test_ppo_desktop_home_moves_the_environment(tmp_path):
    home = tmp_path / "elsewhere"
    assert environment_folder(tmp_path, {"PPO_DESKTOP_HOME": str(home)}) == home / "environment"


def test_a_checkout_that_cannot_be_written_gets_its_environment_in_the_users_data(tmp_path):
    variables = {"XDG_DATA_HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    folder = environment_folder(tmp_path / "not there", variables)
    assert folder.parts[-2:] == ("ppo-desktop", "environment")
    assert sys.platform == "darwin" or folder.is_relative_to(tmp_path)


def test_two_starts_at_once_take_turns(tmp_path):
    diary = tmp_path / "diary"
    command = [sys.executable, "-c", HOLD_THE_LOCK, str(tmp_path / "lock"), str(diary)]
    starts = [
        subprocess.Popen(command, cwd=LAUNCHER_FOLDER, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [start.communicate(timeout=60)[0] for start in starts]
    assert diary.read_text().split() == ["in", "out", "in", "out"]
    assert sum("waiting for it" in text for text in said) == 1
