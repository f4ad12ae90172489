"""What a tip says of a trial: numbers as they are written in the table."""

from __future__ import annotations

from ppo_desktop.views.tune.trial_chart import trial_tip
from tests.shown_studies import PLAN, at


def test_numbers_are_written_as_in_the_table() -> None:
    tip = trial_tip(PLAN, at(3, -0.04, values={"clip_range": 0.21734, "n_epochs": 7}))
    assert "<b>Trial 3</b>: 0.0<br>" in tip
    assert "Clip range ε: 0.217<br>" in tip
    assert "Epochs K: 7<br>" in tip


def test_what_somebody_else_has_written_is_shown_as_it_is() -> None:
    tip = trial_tip(PLAN, at(0, 1.0, values={"clip_range": "<b>", "n_epochs": 7.0}))
    assert "&lt;b&gt;" in tip
