"""Importances: bars, whiskers, numbers, and what one has to know to believe them."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from PySide6.QtCore import QBuffer, QRectF, Qt
from PySide6.QtGui import QPainter, QStandardItemModel
from PySide6.QtSvg import QSvgGenerator
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.study.importance import FANOVA, PED_ANOVA, Importance, Importances, evaluators
from ppo_desktop.study.study_digest import StudyDigester, StudyQuestion
from ppo_desktop.study.trials import TrialState
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.shapes import Bars, Intervals
from ppo_desktop.views.figure_export import svg_of
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.importance_card import ImportanceCard, importance_picture
from tests.judged_trials import settled
from tests.shown_studies import PLAN, at, digested, many, point_at, show_study
from tests.widgets import lay_out

ROOM = QRectF(0, 0, 480, 200)
TWO = Importances(
    PED_ANOVA,
    (Importance("clip_range", 0.75, 0.6, 0.9), Importance("n_epochs", 0.25, math.nan, math.nan)),
    20,
    "",
)


@pytest.fixture
def card(qtbot: QtBot, tune: TuneSession, theme: Theme) -> ImportanceCard:
    card = ImportanceCard(tune, theme)
    qtbot.addWidget(card)
    card.resize(420, 240)
    with qtbot.waitExposed(card):
        card.show()
    return card


def bars_of(picture: Picture) -> Bars:
    (bars,) = (shape for shape in picture.shapes if isinstance(shape, Bars))
    return bars


def painted_texts(picture: Picture) -> list[str]:
    """Return what is written in a picture, in order."""
    buffer = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    painter = QPainter(generator)
    picture.paint(painter)
    painter.end()
    return re.findall(r"<text[^>]*>([^<]*)", buffer.data().data().decode())


def test_bars_are_as_long_as_shares(theme: Theme) -> None:
    picture = importance_picture(theme, ROOM, TWO.ranked)
    bars = bars_of(picture)
    first, second = (bars.rect(picture.frame, number) for number in (0, 1))
    assert first.width() == pytest.approx(3 * second.width())
    assert first.left() == second.left()


def test_a_whisker_reaches_over_its_interval_and_is_not_drawn_without_one(theme: Theme) -> None:
    picture = importance_picture(theme, ROOM, TWO.ranked)
    frame = picture.frame
    (whiskers,) = (shape for shape in picture.shapes if isinstance(shape, Intervals))
    whisker = whiskers.strokes(frame, 0)[0]
    assert (whisker.x1(), whisker.x2()) == (frame.column(0.6), frame.column(0.9))
    assert whisker.x2() <= frame.area.right() + 1e-6
    assert whiskers.strokes(frame, 1) == []


def test_where_there_is_little_room_the_least_important_are_left_out(theme: Theme) -> None:
    fields = ("clip_range", "n_epochs", "learning_rate", "gae_lambda", "entropy_coef")
    ranked = tuple(Importance(field, 0.2, 0.1, 0.3) for field in fields)
    picture = importance_picture(theme, QRectF(0, 0, 400, 60), ranked)
    shown = bars_of(picture).named
    assert 1 <= len(shown) < 5
    assert list(shown) == list(fields[: len(shown)])
    assert painted_texts(picture)[-1] == f"and {5 - len(shown)} more, less important"


def test_a_long_note_gives_way_to_the_bars_where_there_is_little_room(
    card: ImportanceCard, tune: TuneSession
) -> None:
    note = "It is not settled which of the two matters most, as their intervals overlap. " * 3
    digest = digested(many(40))
    assert digest.importances is not None
    show_study(tune, replace(digest, importances=replace(digest.importances, note=note)))
    card.resize(420, 400)
    lay_out()
    assert card.note.text() == note
    assert card.note.toolTip() == ""
    card.resize(420, 130)
    lay_out()
    assert card.note.text().endswith("…")
    assert card.note.toolTip() == note
    assert card.bars.picture is not None
    assert len(bars_of(card.bars.picture).named) == len(digest.importances.ranked), "none is left out"
    last_words = note.split()[-3:]
    svg = svg_of(card.exported("Importance", "40 trials")).decode()
    assert " ".join(last_words) in svg, "in a figure nobody can ask for the rest"


@pytest.mark.parametrize(
    ("n", "words"), [(0, "there are none yet."), (1, "there is 1."), (4, "there are 4.")]
)
def test_with_few_trials_it_says_how_many_are_missing(
    card: ImportanceCard, tune: TuneSession, n: int, words: str
) -> None:
    show_study(tune, digested(many(n)))
    text = card.bars.accessibleDescription()
    assert text.startswith("Importances need at least 10 complete trials; there ")
    assert text.endswith(words)


def test_what_matters_most_stands_first_and_is_told_to_screen_readers(
    card: ImportanceCard, tune: TuneSession
) -> None:
    show_study(tune, digested(many(40)))
    assert card.bars.accessibleDescription().startswith("Clip range ε 0.")
    assert card.note.isVisible()


def test_a_bar_is_reached_by_keyboard_and_its_numbers_are_told(
    qtbot: QtBot, card: ImportanceCard, tune: TuneSession
) -> None:
    show_study(tune, digested(many(40)))
    card.bars.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(card.bars, Qt.Key.Key_Left)
    assert card.bars.highlighted == "learning_rate"
    assert card.bars.accessibleDescription().startswith("Learning rate α: 0.")
    picture = card.bars.picture
    assert picture is not None
    point_at(card.bars, bars_of(picture).rect(picture.frame, 0).center())
    assert card.bars.highlighted == "clip_range"


def test_where_nothing_can_be_told_only_the_note_is_shown(card: ImportanceCard, tune: TuneSession) -> None:
    show_study(
        tune, settled(StudyDigester(PLAN), [at(number, 500.0) for number in range(12)], StudyQuestion())
    )
    assert card.bars.picture is None
    assert card.bars.accessibleDescription() == ""
    assert card.note.text().startswith("The best trials do not stand out from the others")
    assert not card.remark.isVisible()


def test_while_trials_run_it_is_said_by_how_many_they_are_judged(
    card: ImportanceCard, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    show_study(tune, digested(many(60)))
    assert "So far" not in card.remark.text()
    monkeypatch.setattr(tune, "state", JobState.RUNNING)
    tune.state_changed.emit()
    assert card.remark.text().startswith("So far, by 60 complete trials.")


def test_whiskers_are_explained_when_they_are_there_and_what_is_left_out_is_no_warning(
    card: ImportanceCard, tune: TuneSession
) -> None:
    trials = [*many(60), at(60, 5.0, state=TrialState.PRUNED)]
    digest = digested(trials)
    assert digest.importances is not None
    assert math.isnan(digest.importances.ranked[0].low)
    show_study(tune, digest)
    assert card.remark.text() == "1 pruned trial is left out."
    show_study(tune, settled(StudyDigester(PLAN), trials, StudyQuestion()))
    assert card.remark.text().startswith("Whiskers: 90 % intervals")
    assert card.remark.text().endswith("1 pruned trial is left out.")
    assert not card.note.isVisible()


def test_what_cannot_be_used_here_is_greyed_and_says_why(card: ImportanceCard) -> None:
    model = card.evaluator.model()
    assert isinstance(model, QStandardItemModel)
    for place, evaluator in enumerate(evaluators().values()):
        item = model.item(place)
        assert item.isEnabled() is not bool(evaluator.unavailable)
        assert evaluator.unavailable in item.data(Qt.ItemDataRole.ToolTipRole)


def test_choosing_an_evaluator_asks_for_it(card: ImportanceCard, tune: TuneSession) -> None:
    place = list(evaluators()).index(FANOVA)
    card.evaluator.activated.emit(place)
    assert tune.question.evaluator == FANOVA
    assert card.evaluator.value == FANOVA
