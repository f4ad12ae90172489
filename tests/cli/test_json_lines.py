"""What commands write for scripts is what the documentation says."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from ppo_desktop.cli import run
from ppo_desktop.resource_files import documentation_path
from tests.command_line import SMALL, lines

COMMANDS = (
    ["train", *SMALL, "--total-steps=1000", "--evaluate-episodes=1", "--keep"],
    ["compare", *SMALL, "--total-steps=1000", "--vary=clip_range=0.1,0.2", "--seeds=1"],
    ["tune", *SMALL, "--total-steps=1000", "--vary=clip_range", "--study=mine", "--trials=1", "--seeds=1"],
    ["prepare-engine"],
)


def documented() -> Iterator[tuple[tuple[str, str], list[str]]]:
    """Yield command and event of each row of the documentation's table, with the fields."""
    text = documentation_path("json-lines.md").read_text(encoding="utf-8")
    for command, event, fields in re.findall(r"^\| `([\w-]+)` \| `(\w+)` \| (.*) \|$", text, re.MULTILINE):
        yield (command, event), re.findall(r"`(\w+)`", fields)


def test_the_documentation_lists_the_fields_of_every_event(capsys: pytest.CaptureFixture[str]) -> None:
    told: dict[tuple[str, str], list[str]] = {}
    for arguments in COMMANDS:
        assert run([*arguments, "--json", "-"]) == 0
        for line in lines(capsys.readouterr().out):
            event = line.pop("event")
            assert told.setdefault((arguments[0], event), list(line)) == list(line)
    told.pop(("prepare-engine", "preparing"), None)
    assert told == dict(documented())
