"""`ppo-desktop` opens the window, in the state that a line says, or with the policy of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from ppo_desktop.cli import run, window
from tests.command_line import heavy_imports
from tests.policies_in_files import saved_by_stable_baselines3, with_members

LINE = "ppo:1:CartPole-v1?clip_range=0.1&seed=3"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """With which lines and files the window was opened."""
    lines: list[str] = []

    def open_window(line: str = "", policy: str = "") -> int:
        lines.append(line or policy)
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


def test_the_name_of_a_policy_s_file_opens_it(opened: list[str], tmp_path: Path) -> None:
    place = tmp_path / "policy"  # whatever it is called
    saved_by_stable_baselines3(place.with_suffix(".zip"))
    place.with_suffix(".zip").rename(place)
    assert run([str(place)]) == 0
    assert opened == [str(place)]


def test_a_file_without_a_policy_is_one_line_and_status_2(
    opened: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "text").write_text("hello", encoding="utf-8")
    for name in ("text", "missing.zip"):
        assert run([str(tmp_path / name)]) == 2
        told = capsys.readouterr()
        assert (told.out, len(told.err.splitlines())) == ("", 1)
        assert name in told.err
    assert not opened


def test_a_policy_is_checked_without_pytorch(tmp_path: Path) -> None:
    saved_by_stable_baselines3(tmp_path / "policy.zip")
    with_members(tmp_path / "policy.zip", policy_pth=b"")
    assert heavy_imports(str(tmp_path / "policy.zip")) == "['numpy']"
