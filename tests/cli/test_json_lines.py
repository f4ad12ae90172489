"""What commands write for scripts is what the documentation says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ppo_desktop.cli import run
from ppo_desktop.comparison.store import lines_so_far
from ppo_desktop.lessons.course import course
from ppo_desktop.resource_files import documentation_path
from tests.command_line import SMALL, lines
from tests.comparisons import compared
from tests.lessons_written import written

COMMANDS = (
    ["train", *SMALL, "--total-steps=1000", "--evaluate-episodes=1", "--name=kept"],
    ["train", "--continue=kept@2", "--clip-range=0.1"],
    ["runs list"],
    ["runs show", "kept"],
    ["runs export", "kept", "--to=csv"],
    ["comparisons export", "kept.jsonl", "--to=json"],
    ["runs judge", "kept@1"],
    ["runs luck", "kept@1", "--branches=1", "--steps=100"],
    ["runs delete", "kept"],
    ["compare", *SMALL, "--total-steps=1000", "--vary=clip_range=0.1,0.2", "--seeds=1"],
    ["tune", *SMALL, "--total-steps=1000", "--vary=clip_range", "--study=mine", "--trials=1", "--seeds=1"],
    [
        "map",
        *SMALL,
        "--total-steps=1000",
        "--x=clip_range=0.1,0.2",
        "--y=anneal",
        "--study=map",
        "--trials=1",
    ],
    ["lesson list"],
    ["lesson check", str(course()[0].path)],
    ["lesson record", "small.md"],
    ["prepare-engine"],
)


def documented() -> dict[tuple[str, str], list[str]]:
    """Return the fields of each command and event in the documentation's table."""
    text = documentation_path("json-lines.md").read_text(encoding="utf-8")
    fields: dict[tuple[str, str], list[str]] = {}
    for command, event, said in re.findall(r"^\| `([\w -]+)` \| `(\w+)` \| (.*) \|$", text, re.MULTILINE):
        other = re.match(r"as of `([\w ]+)`", said)
        inherited, own = (fields[other[1], event], said[other.end() :]) if other else ([], said)
        fields[command, event] = inherited + re.findall(r"`(\w+)`", own)
    return fields


def test_the_documentation_lists_the_fields_of_every_event(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.md").write_bytes(written())
    Path("kept.jsonl").write_bytes(b"".join(lines_so_far(compared(), {})))
    told: dict[tuple[str, str], list[str]] = {}
    for command, *arguments in COMMANDS:
        assert run([*command.split(), *arguments, "--json", "-"]) == 0
        for line in lines(capsys.readouterr().out):
            before = told.get(key := (command, line.pop("event")), [])
            told[key] = list(line)
            assert told[key][: len(before)] == before
    for on_the_way in (("prepare-engine", "preparing"), ("runs export", "exporting")):
        told.pop(on_the_way, None)
    assert told == documented()
