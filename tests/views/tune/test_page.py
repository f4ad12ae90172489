"""The whole Tune page: what is pointed at there is forgotten with it, and every figure can be exported."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.tune_session import TuneSession, TuneState
from ppo_desktop.study.place import Place
from ppo_desktop.views.figure_export import figure_image
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.export_menu import StudyExportMenu
from ppo_desktop.views.tune.page import TunePage
from ppo_desktop.views.tune.parallel_card import ParallelCard
from tests.told_studies import digested, many, tell


@pytest.fixture
def page(qtbot: QtBot, tune: TuneSession, theme: Theme) -> Iterator[TunePage]:
    page = TunePage(tune, theme)
    qtbot.addWidget(page)
    page.resize(1280, 720)
    with qtbot.waitExposed(page):
        page.show()
    tune.state, tune.place = TuneState.READY, Place(tune.folder / "x.db", "x")
    tell(tune, digested(many(12)))
    tune.state_changed.emit()
    yield page
    tune.state = TuneState.EMPTY
    page.hide()


def test_nothing_is_pointed_at_once_the_page_is_hidden(page: TunePage, tune: TuneSession) -> None:
    tune.highlight(3)
    page.hide()
    assert tune.highlighted is None


def test_a_figure_on_a_tab_that_is_not_shown_is_exported_whole(page: TunePage) -> None:
    menu = page.findChild(StudyExportMenu)
    card = page.findChild(ParallelCard)
    assert isinstance(menu, QMenu)
    assert card is not None
    assert not card.isVisible()
    image = figure_image(menu.figure("Parallel coordinates", card))
    assert card.isVisible()
    assert image.width() > 1000
    assert page.findChild(object, "show_parallel_button").isChecked()  # type: ignore[attr-defined]
