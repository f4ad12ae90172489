"""The best trial is told in one line, taken to Train, and checked on fresh seeds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.study_checking import StudyChecking
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.study.check import Candidate, CandidateKind, CheckedCandidate, CheckResult, preset_candidate
from ppo_desktop.study.trials import TrialState
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.check_card import CheckCard, span_of
from ppo_desktop.views.tune.results import BestStrip
from tests.exported_figures import assert_exported_three_ways
from tests.shown_studies import PLAN, at, digested, show_study
from tests.widgets import find

Widget = TypeVar("Widget", bound=QWidget)


def checked(kind: str, trial: int | None, objectives: tuple[float, ...]) -> CheckedCandidate:
    """Return a candidate with some results, its interval 10 to either side of their mean."""
    mean = sum(objectives) / len(objectives) if objectives else math.nan
    values = at(0, 1.0).values
    is_trial = trial is not None
    preset = "" if is_trial else "demonstration"
    candidate = Candidate(CandidateKind(kind), trial, values, 493.25 if is_trial else None, preset)
    by_seed = dict(enumerate(objectives, 1001))
    return CheckedCandidate(candidate, by_seed, low=mean - 10, high=mean + 10)


RESULT = CheckResult(
    (checked("best", 1, (470.0, 480.0)), checked("preset", None, (300.0, 320.0))),
    n_seeds=2,
    is_complete=True,
    sentences=("The best is better.", "Part of it was luck."),
)


@pytest.fixture
def strip(qtbot: QtBot, tune: TuneSession) -> Iterator[BestStrip]:
    strip = BestStrip(tune)
    qtbot.addWidget(strip)
    strip.resize(900, 40)
    with qtbot.waitExposed(strip):
        strip.show()
    yield strip
    strip.hide()


@pytest.fixture
def card(qtbot: QtBot, tune: TuneSession, theme: Theme) -> Iterator[CheckCard]:
    card = CheckCard(tune, theme)
    qtbot.addWidget(card)
    card.resize(1000, 200)
    with qtbot.waitExposed(card):
        card.show()
    yield card
    card.hide()


def show_check(
    tune: TuneSession, result: CheckResult | None, share: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let a session say this of fresh seeds; they are being tried while there is a share done."""
    monkeypatch.setattr(StudyChecking, "is_under_way", share is not None)
    monkeypatch.setattr(StudyChecking, "share_done", share or 0.0)
    tune.checking.result = result
    tune.plan = PLAN
    tune.checking.progress_changed.emit()


def texts(card: CheckCard) -> list[str]:
    return [text for row in card.figure.rows for text in row]


def row_of(card: CheckCard, place: int) -> QPointF:
    assert card.figure.picture is not None
    point = card.figure.picture.place_of(place)
    assert point is not None
    return point


# ---- the best


def test_before_any_complete_trial_nothing_can_be_used_or_checked(
    strip: BestStrip, tune: TuneSession
) -> None:
    show_study(tune, digested([at(0, 50.0, state=TrialState.PRUNED)]))
    assert find(strip, QLabel, "best_label").text() == "Best so far: none yet"
    for name in ("use_in_train_button", "check_button"):
        assert not find(strip, QPushButton, name).isEnabled()


def test_the_best_is_told_with_its_values(strip: BestStrip, tune: TuneSession) -> None:
    show_study(tune, digested([at(0, 50.0), at(1, 493.25, 1.0, 0.0, 0.0)]))
    assert find(strip, QLabel, "best_label").text() == "Best so far: trial 1, 493.2"
    assert find(strip, QLabel, "best_values").text() == "ε 0.50, α 1.0e-4, K 1"


def test_the_best_is_used_in_train(
    strip: BestStrip, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[int] = []
    monkeypatch.setattr(tune, "use_in_train", used.append)
    show_study(tune, digested([at(0, 50.0), at(1, 60.0)]))
    tune.trials = (*tune.trials, at(2, 70.0))  # nobody has been told of it yet
    find(strip, QPushButton, "use_in_train_button").click()
    assert used == [1], "the one that is shown"


def test_equals_of_the_best_are_counted(strip: BestStrip, tune: TuneSession) -> None:
    label = find(strip, QLabel, "best_label")
    show_study(
        tune, digested([at(0, 500.0), at(1, 500.0), at(2, 500.0, state=TrialState.PRUNED), at(3, 60.0)])
    )
    assert label.text() == "Best so far: trial 0, 500.0 (and 1 other)"
    show_study(tune, digested([at(number, 500.0) for number in range(15)]))
    assert label.text() == "Best so far: trial 0, 500.0 (and 14 others)"


def test_the_best_is_known_before_anything_else_is_said_of_a_study(
    strip: BestStrip, tune: TuneSession
) -> None:
    show_study(tune, digested([at(0, 50.0), at(1, 60.0)]))
    tune.inquiry.digest = None
    tune.study_changed.emit()
    assert find(strip, QLabel, "best_label").text() == "Best so far: trial 1, 60.0"
    assert find(strip, QPushButton, "use_in_train_button").isEnabled()


def test_the_check_shows_how_far_it_is_and_can_be_stopped(
    strip: BestStrip, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(tune, "start_check", lambda: asked.append("start"))
    monkeypatch.setattr(tune.checking, "stop", lambda: asked.append("stop"))
    show_study(tune, digested([at(0, 50.0)]))
    button, progress = find(strip, QPushButton, "check_button"), find(strip, QProgressBar, "check_progress")
    assert button.text() == "Check on 10 fresh seeds"
    assert not progress.isVisible()
    button.click()
    show_check(tune, None, 0.4, monkeypatch)
    assert button.text() == "Stop the check"
    assert progress.isVisible()
    assert progress.value() == 400
    button.click()
    assert asked == ["start", "stop"]


# ---- what fresh seeds say


def test_before_a_check_the_card_says_what_it_is_for(card: CheckCard) -> None:
    assert "luckiest" in card.figure.accessibleDescription()


def test_each_candidate_has_its_numbers_and_the_sentences_follow(
    card: CheckCard, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    show_check(tune, RESULT, None, monkeypatch)
    shown = texts(card)
    for text in (
        "Best, trial 1",
        "493.2",
        "475.0",
        "465.0 to 485.0",
        "Preset Demonstration",
        "310.0",
        "300.0 to 320.0",
    ):
        assert text in shown, text
    assert find(card, QLabel, "check_sentences").text() == "The best is better.\nPart of it was luck."
    assert "seed 1001: 470.0" in card.figure.tip_at(row_of(card, 0))


def test_sentences_beside_the_numbers_make_nothing_else_give_way(
    card: CheckCard, tune: TuneSession, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    show_check(tune, RESULT, None, monkeypatch)
    sentences = find(card, QLabel, "check_sentences")
    needed = set()
    for width, is_beside in ((1400, True), (card.minimumSizeHint().width(), False)):
        card.resize(width, 200)
        qtbot.waitUntil(lambda is_beside=is_beside: (sentences.x() > 100) is is_beside)
        needed.add(card.minimumSizeHint().width())
    assert len(needed) == 1
    figure = card.figure
    assert figure.mapTo(card, figure.rect().bottomRight()).x() < card.width(), "all numbers are seen"
    assert figure.picture is not None
    assert figure.picture.frame.area.width() >= 80


def test_a_check_of_an_earlier_best_says_so(
    card: CheckCard, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    show_check(tune, RESULT, None, monkeypatch)
    show_study(tune, digested([at(0, 50.0), at(1, 493.25)]))
    sentences = find(card, QLabel, "check_sentences")
    assert "Best, trial 1" in texts(card)
    assert sentences.text().startswith("The best is better.")
    show_study(tune, digested([at(0, 50.0), at(1, 493.25), at(17, 500.0)]))
    assert "Trial 1" in texts(card)
    assert "Best, trial 1" not in texts(card)
    assert sentences.text().startswith("This is of trial 1; the best is now trial 17.\nThe best is better.")


def test_a_double_click_on_a_row_opens_its_values_in_train(
    qtbot: QtBot, card: CheckCard, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[object] = []
    monkeypatch.setattr(tune, "use_values_in_train", lambda *asked: used.append(asked))
    preset = replace(RESULT.checked[1], candidate=preset_candidate(PLAN))
    show_check(tune, replace(RESULT, checked=(RESULT.checked[0], preset)), None, monkeypatch)
    for place in (1, 0):
        qtbot.mouseDClick(card.figure, Qt.MouseButton.LeftButton, pos=row_of(card, place).toPoint())
    assert used == [
        (preset_candidate(PLAN).values, "The preset Demonstration"),
        (RESULT.checked[0].candidate.values, "Trial 1"),
    ]


def test_before_the_first_result_the_card_says_how_many_are_to_come(
    card: CheckCard, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = replace(
        RESULT,
        checked=(checked("best", 1, ()), checked("preset", None, ())),
        is_complete=False,
        sentences=(),
    )
    show_check(tune, begun, 0.1, monkeypatch)
    assert "0 of 4 runs" in find(card, QLabel, "check_sentences").text()
    assert "—" in texts(card)


def test_all_strips_share_one_scale() -> None:
    assert span_of(RESULT.checked) == (300.0, 485.0)
    assert span_of((checked("best", 1, ()),)) is None
    alike = span_of((replace(checked("best", 1, (500.0,)), low=math.nan, high=math.nan),))
    assert alike is not None
    assert alike[0] < 500.0 < alike[1]


def test_what_fresh_seeds_say_can_be_exported(
    card: CheckCard, tune: TuneSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    show_check(tune, RESULT, None, monkeypatch)
    svg = assert_exported_three_ways(card.exported("The best on fresh seeds", "2 seeds"), tmp_path)
    assert "The best is better." in svg
