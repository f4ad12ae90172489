"""`ppo-desktop` opens the window, in the state that a line says."""

from __future__ import annotations

import pytest

from ppo_desktop.cli import run, window
from tests.command_line import heavy_imports

LINE = "ppo:1:CartPole-v1?clip_range=0.1&seed=3"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """With which lines the window was opened."""
    lines: list[str] = []

    def open_window(line: str = "") -> int:
        lines.append(line)
        return 0

    monkeypatch.setattr(window, "run", open_window)
    return lines


def test_the_window_is_opened_with_the_line_that_is_given(opened: list[str]) -> None:
    assert run([LINE]) == 0
    assert run([]) == 0
    assert opened == [LINE, ""]


@pytest.mark.parametrize(
    "line",
    ["ppo:2:CartPole-v1", "ppo:1:CartPole-v1?clip_range=9", "ppo:1:os:CartPole-v1", "ppo:", "ppo:train"],
)
def test_a_line_that_says_no_state_is_one_line_and_status_2(
    opened: list[str], capsys: pytest.CaptureFixture[str], line: str
) -> None:
    assert run([line]) == 2
    told = capsys.readouterr()
    assert (told.out, len(told.err.splitlines())) == ("", 1)
    assert not opened


def test_a_line_takes_no_flags(opened: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run([LINE, "--seed", "3"])
    assert ended.value.code == 2
    assert not opened


def test_a_line_is_checked_before_anything_large_is_loaded() -> None:
    assert heavy_imports("ppo:2:CartPole-v1") == "['numpy']"
