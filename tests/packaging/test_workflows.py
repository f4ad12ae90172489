"""What GitHub runs: the same commands as here, on actions that cannot change behind our back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from installing import macos
from installing.commands import TARGETS
from launching import commands
from ppo_desktop import __version__

CHECKOUT = Path(__file__).parents[2]
WORKFLOWS = sorted((CHECKOUT / ".github" / "workflows").glob("*.yml"))
INSTALLERS = CHECKOUT / ".github" / "workflows" / "installers.yml"


def read(file: Path) -> dict[str, Any]:
    workflow: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return workflow


def steps(file: Path) -> list[dict[str, Any]]:
    return [step for job in read(file)["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_every_action_is_pinned_to_a_commit(file: Path) -> None:
    actions = [step["uses"] for step in steps(file) if "uses" in step]
    assert actions
    for action in actions:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_the_launcher_knows_every_command_that_is_run(file: Path) -> None:
    scripts = "\n".join(step.get("run", "") for step in steps(file))
    run = re.findall(r"packaging/launcher\.py (\S+)", scripts)
    assert run
    assert set(run) <= commands.COMMANDS.keys()


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_nothing_may_be_written_but_where_a_job_says_so(file: Path) -> None:
    workflow = read(file)
    assert workflow["permissions"] == {"contents": "read"}
    writing = [name for name, job in workflow["jobs"].items() if "permissions" in job]
    assert writing in ([], ["attach"])


def test_installers_are_built_and_tried_on_every_system_there_is_one_for() -> None:
    build = read(INSTALLERS)["jobs"]["build"]
    assert {each["system"] for each in build["strategy"]["matrix"]["include"]} == TARGETS.keys()
    scripts = [step.get("run", "") for step in build["steps"]]
    built = next(n for n, script in enumerate(scripts) if "launcher.py installer" in script)
    tried = next(n for n, script in enumerate(scripts) if "launcher.py smoke" in script)
    kept = next(n for n, step in enumerate(build["steps"]) if "upload-artifact" in step.get("uses", ""))
    assert built < tried < kept, "what has not been tried is not attached"


def test_each_system_is_built_with_the_python_that_wheels_are_locked_for() -> None:
    for each in read(INSTALLERS)["jobs"]["build"]["strategy"]["matrix"]["include"]:
        assert f"--python-version={each['python']}" in TARGETS[each["system"]].wheel_options


def test_they_are_attached_to_the_release_of_a_tag_that_is_the_programs_version() -> None:
    workflow = read(INSTALLERS)
    assert workflow[True]["push"] == {"tags": ["v*"]}, "`on` is a truth to YAML"
    attach = workflow["jobs"]["attach"]
    assert attach["needs"] == "build"
    assert "refs/tags/" in attach["if"]
    check = next(step["run"] for step in steps(INSTALLERS) if "__version__" in step.get("run", ""))
    line = check.partition('"')[2].rpartition('"')[0].replace('\\"', '"')
    source = (CHECKOUT / "ppo_desktop" / "__init__.py").read_text(encoding="utf-8")
    assert line.replace("${GITHUB_REF_NAME#v}", __version__) in source.splitlines()


def test_what_signs_on_macos_is_what_the_recipe_reads() -> None:
    (build,) = (step for step in steps(INSTALLERS) if "launcher.py installer" in step.get("run", ""))
    given = dict.fromkeys(build["env"], "given")
    signing = macos.Signing.of(given)
    assert signing.identity == "given"
    assert signing.notary.count("given") == 3
    for name, value in build["env"].items():
        assert f"secrets.{name}" in value


def test_the_mac_that_builds_is_of_the_kind_that_is_built_for() -> None:
    (mac,) = (
        each
        for each in read(INSTALLERS)["jobs"]["build"]["strategy"]["matrix"]["include"]
        if each["system"] == "macos"
    )
    assert macos.PROCESSOR == "arm64"
    assert int(mac["runner"].removeprefix("macos-")) >= 15, "Apple silicon, and what Qt for Python needs"
