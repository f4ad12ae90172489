"""What the launcher does for each of its commands."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from launching import commands
from launching.processes import Problem

CHECKOUT = Path(__file__).parents[2]


def become(script: str) -> subprocess.CompletedProcess[str]:
    """Let a launcher process become a Python that runs `script`."""
    arguments = [sys.executable, "-c", script]
    found = f"import sys; sys.path.append({str(CHECKOUT)!r})"
    launcher = f"{found}; from launching.commands import become; sys.exit(become({arguments!r}))"
    command = [sys.executable, "-c", launcher]
    folder = CHECKOUT / "packaging"
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def test_the_exit_status_of_the_app_is_passed_on():
    assert become("raise SystemExit(7)").returncode == 7


def test_the_app_is_found_in_the_checkout():
    script = "import ppo_desktop; print(ppo_desktop.__file__)"
    assert Path(become(script).stdout.strip()).is_relative_to(CHECKOUT)


@pytest.mark.parametrize(
    ("arguments", "needs_screen"), [([], True), (["--verbose"], True), (["train", "--seed", "1"], False)]
)
def test_only_the_window_needs_a_screen(arguments, needs_screen):
    assert commands.opens_window(arguments) == needs_screen


def test_a_problem_is_told_in_one_line(monkeypatch, capsys):
    def fail(packages):
        raise Problem("the disk is full: free about 2 GB and start again.")

    monkeypatch.setattr(commands, "environment_with", fail)
    assert commands.run(["train"]) == 1
    assert capsys.readouterr().err == "PPO Desktop: the disk is full: free about 2 GB and start again.\n"


def test_the_tests_get_all_further_arguments_and_no_screen(monkeypatch):
    started = []
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.setattr(commands.system_packages, "provide_qt", lambda variables: None)
    monkeypatch.setattr(commands.system_packages, "provide_postgresql", lambda: None)
    monkeypatch.setattr(commands, "environment_with", lambda packages: SimpleNamespace(python="python"))
    monkeypatch.setattr(commands, "become", lambda command: started.append(command) or 5)
    monkeypatch.chdir(CHECKOUT)
    assert commands.run(["test", "tests/ppo", "-n", "0"]) == 5
    ((*pytest, worker_option, workers),) = started
    assert pytest[:4] == ["python", "-m", "pytest", "-n"]
    assert not any(each.startswith("--cov") for each in pytest), "it takes half as long again"
    assert [pytest[-1], worker_option, workers] == ["tests/ppo", "-n", "0"]  # the last -n counts
    assert commands.os.environ["QT_QPA_PLATFORM"] == "offscreen"


def test_every_check_runs_even_after_one_has_failed(monkeypatch, capfd):
    python = SimpleNamespace(python=sys.executable)
    monkeypatch.setattr(commands, "environment_with", lambda packages: python)
    checks = {"first": ["-c", "raise SystemExit(1)"], "second": ["-c", "print('second ran')"]}
    monkeypatch.setattr(commands, "CHECKS", checks)
    assert commands.run(["check"]) == 1
    printed = capfd.readouterr().out
    assert "second ran" in printed
    assert "Failed: first." in printed


def test_ci_runs_the_commands_of_the_readme():
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    for command in ("python3 packaging/launcher.py test", "python3 packaging/launcher.py\n"):
        assert command in readme
    assert "python3 packaging/launcher.py test\n" in (CHECKOUT / ".ci" / "run").read_text()


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_the_import_rule_that_is_checked_is_the_one_that_is_explained(document):
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    order, windowless, *_ = settings["tool"]["importlinter"]["contracts"]
    packages = [layer.split(" | ")[0].removeprefix("ppo_desktop.") for layer in order["layers"]]
    chain = " → ".join(packages[packages.index("views") : packages.index("ppo") + 1])
    lines = (CHECKOUT / document).read_text(encoding="utf-8").splitlines()
    (rule,) = [line for line in lines if f"`{chain}`" in line]
    assert windowless["forbidden_modules"] == ["PySide6", "pyqtgraph"]
    (sentence,) = [sentence for sentence in rule.split(". ") if "pyqtgraph" in sentence]
    assert all(f"`{name.removeprefix('ppo_desktop.')}`" in sentence for name in windowless["source_modules"])
