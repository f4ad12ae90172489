"""The whole Tune page: what is pointed at there is forgotten with it, and every figure can be exported."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.study.place import Place
from ppo_desktop.views.figure_export import figure_image
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.contour_card import ContourCard
from ppo_desktop.views.tune.empty_card import EmptyCard
from ppo_desktop.views.tune.parallel_card import ParallelCard
from ppo_desktop.views.tune.study_export_menu import study_figure
from ppo_desktop.views.tune.tune_page import TunePage
from tests.shown_studies import digested, many, show_study
from tests.tuning import make_study


@pytest.fixture
def page(qtbot: QtBot, tune: TuneSession, theme: Theme) -> Iterator[TunePage]:
    page = TunePage(tune, theme)
    qtbot.addWidget(page)
    page.resize(1280, 720)
    with qtbot.waitExposed(page):
        page.show()
    tune.state, tune.place = JobState.RESTING, Place(tune.folder / "x.db", "x")
    show_study(tune, digested(many(12)))
    tune.state_changed.emit()
    yield page
    tune.state = JobState.EMPTY
    page.hide()


def test_a_figure_is_called_by_what_it_shows_and_its_caption_is_whole(
    page: TunePage, tune: TuneSession
) -> None:
    card = page.findChild(ContourCard)
    assert card is not None
    show_study(tune, digested(many(12), contour=("clip_range", "learning_rate")))
    assert study_figure(tune, "Contour or slice", card).title == "x: contour of ε and α"
    card.slice_button.click()
    figure = study_figure(tune, "Contour or slice", card)
    assert figure.title == "x: slice of ε"
    assert " · all else: " in figure.caption
    in_one_line = replace(figure, caption="x").size.height()
    assert figure.size.height() >= in_one_line + 0.8 * card.fontMetrics().height(), "more than one line"


def test_studies_that_are_kept_are_offered_to_go_on_with(
    qtbot: QtBot, page: TunePage, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("first", "second", "third", "fourth"):
        path = make_study(tune.folder, name).location
        assert isinstance(path, Path)
    os.utime(tune.folder / "first.db", (1000, 1000))
    opened: list[Place] = []
    monkeypatch.setattr(tune, "open", opened.append)
    tune.place, tune.state = None, JobState.EMPTY
    tune.study_changed.emit()
    buttons = [button for button in page.findChildren(QPushButton) if button.text().startswith("Go on with")]
    assert len(buttons) == 3
    assert not any("first" in button.text() for button in buttons), "it is the oldest of four"
    (third,) = (button for button in buttons if button.text() == "Go on with third (0 trials)")
    third.click()
    assert opened == [Place(tune.folder / "third.db", "third")]


def test_nothing_is_pointed_at_once_the_page_is_hidden(page: TunePage, tune: TuneSession) -> None:
    tune.highlight(3)
    page.hide()
    assert tune.highlighted is None


def test_a_figure_on_a_tab_that_is_not_shown_is_exported_whole(page: TunePage, tune: TuneSession) -> None:
    card = page.findChild(ParallelCard)
    assert card is not None
    assert not card.isVisible()
    image = figure_image(study_figure(tune, "Parallel coordinates", card))
    assert image.width() > 1000
    assert not card.isVisible(), "what is shown stays"


def test_studies_that_are_offered_stand_in_rows_where_the_window_is_narrow(
    qtbot: QtBot, tune: TuneSession
) -> None:
    names = [f"a study of a rather long name {number}" for number in range(3)]
    for name in names:
        make_study(tune.folder, name)
    card = EmptyCard(tune)
    qtbot.addWidget(card)
    card.resize(500, 600)
    card.show()
    buttons = card.findChildren(QPushButton)
    assert len(buttons) == len(names)
    assert card.minimumSizeHint().width() <= 500
    qtbot.waitUntil(lambda: len({button.y() for button in buttons}) == len(names))
