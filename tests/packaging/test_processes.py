"""What the launcher's modules share."""

from __future__ import annotations

import sys

import pytest

from launching.processes import Problem, check_call


def test_a_program_that_fails_is_told_with_what_it_was_to_do_and_its_status():
    with pytest.raises(Problem, match=r"-c ended with status 3\.$"):
        check_call(sys.executable, "-c", "raise SystemExit(3)")


def test_a_program_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Problem, match="no-such-program is needed"):
        check_call(tmp_path / "no-such-program", "--help")


def test_a_program_that_does_well_is_not_spoken_of(capfd):
    check_call(sys.executable, "-c", "pass")
    assert not any(capfd.readouterr())
