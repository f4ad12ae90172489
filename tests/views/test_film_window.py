"""The window in which a film is chosen, from the Export menu to the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QPalette, QStandardItemModel
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLabel, QPushButton, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.notices import Notices
from ppo_desktop.exports.film_plan import FILM_KINDS, FilmPlan, FilmSubject
from ppo_desktop.exports.subject import offered_run
from ppo_desktop.views.controls import EXPLANATION
from ppo_desktop.views.film_choice import FilmChoice
from ppo_desktop.views.film_window import FilmWindow
from ppo_desktop.views.kit.choice_combo import ChoiceCombo
from ppo_desktop.views.kit.export_menu import Exported, ExportMenu
from ppo_desktop.views.kit.fields import Switch
from ppo_desktop.views.kit.run_exports import add_run_exports
from tests.kept_runs import keep_run


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication) -> Iterator[FilmWindow]:
    """In a light window, whatever other tests have left behind."""
    before, sheet = qapp.palette(), qapp.styleSheet()
    qapp.setStyleSheet("")
    qapp.setPalette(QPalette(Qt.GlobalColor.white))
    parent = QWidget()
    qtbot.addWidget(parent)
    window = FilmWindow(parent)
    window.open_for(lambda _format: None)
    yield window
    parent.close()
    qapp.setPalette(before)
    qapp.setStyleSheet(sheet)


def choose(window: FilmWindow, name: str, value: object) -> None:
    combo = window.findChild(ChoiceCombo, name)
    assert isinstance(combo, ChoiceCombo)
    combo.setCurrentIndex(combo.values.index(value))
    combo.activated.emit(combo.currentIndex())


def test_it_begins_with_the_usual_film_and_shows_what_is_chosen(window: FilmWindow) -> None:
    assert window.choice.plan == FilmPlan()
    choose(window, "film_subject", FilmSubject.EPISODE)
    choose(window, "film_size", (640, 360))
    choose(window, "film_frame_rate", 50)
    choose(window, "film_speed", 4.0)
    choose(window, "film_acting", True)
    choose(window, "film_colours", True)
    choose(window, "film_kind", "webp")
    for name, number in (("film_seconds", 4), ("film_start", 7)):
        box = window.findChild(QSpinBox, name)
        assert isinstance(box, QSpinBox)
        box.setValue(number)
    plots = window.findChild(Switch, "film_has_plots")
    assert isinstance(plots, Switch)
    plots.setChecked(False)
    assert window.choice.plan == FilmPlan(
        FilmSubject.EPISODE,
        640,
        360,
        50,
        4.0,
        4.0,
        has_plots=False,
        is_deterministic=True,
        start=7,
        is_dark=True,
    )
    assert (window.format.id, window.format.suffix) == ("webp", ".webp")
    said = window.findChild(QLabel, "film_summary")
    assert isinstance(said, QLabel)
    assert "200" in said.text()


def test_what_was_chosen_is_remembered(qtbot: QtBot, window: FilmWindow) -> None:
    choose(window, "film_size", (640, 360))
    choose(window, "film_kind", "webp")
    parent = QWidget()
    qtbot.addWidget(parent)
    FilmChoice(parent, window.choice.text)
    later = FilmWindow(parent)
    assert later.choice.plan == window.choice.plan
    assert (later.choice.kind, later.choice.has_own_colours) == ("webp", False)


def test_it_has_the_colours_of_the_window_until_others_are_chosen(window: FilmWindow) -> None:
    def open_in(colour: str) -> bool:
        palette = window.palette()
        palette.setColor(QPalette.ColorRole.Window, colour)
        window.setPalette(palette)
        window.open_for(lambda _format: None)
        return window.choice.plan.is_dark

    assert [open_in("black"), open_in("white"), open_in("black")] == [True, False, True]
    choose(window, "film_colours", False)
    assert [open_in("black"), open_in("white")] == [False, False]
    assert FilmChoice(window, window.choice.text).has_own_colours


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '"film"', '{"kind": "gif"}']
    + [
        FilmChoice(QObject()).text.replace(*part)
        for part in (
            ('"gif"', '"avi"'),
            ("1280", "1281"),
            ("1280", "64"),
            ("10.0", "NaN"),
            ("10.0", '"10"'),
            ("true", '"yes"'),
            ('"learning"', '"dog"'),
            ('"start"', '"begin"'),
        )
    ],
)
def test_what_is_remembered_may_be_damaged(text: str) -> None:
    choice = FilmChoice(QObject(), text)
    assert (choice.plan, choice.kind, choice.has_own_colours) == (FilmPlan(), "gif", False)


def test_a_start_state_is_chosen_for_one_episode_only(window: FilmWindow) -> None:
    start = window.findChild(QSpinBox, "film_start")
    assert isinstance(start, QSpinBox)
    assert not start.isEnabled()
    choose(window, "film_subject", FilmSubject.EPISODE)
    assert start.isEnabled()


def test_it_leaves_the_window_below_alone(window: FilmWindow) -> None:
    assert window.isVisible()
    assert not window.isModal()
    assert window.windowModality() is Qt.WindowModality.NonModal


def test_every_choice_has_a_name_and_an_explanation(window: FilmWindow) -> None:
    controls = [
        control
        for kind in (QComboBox, QSpinBox, Switch, QPushButton)
        for control in window.findChildren(kind)
    ]
    assert len(controls) == 11
    for control in controls:
        assert control.objectName().startswith("film_")
        assert control.accessibleName() or control.text()
        assert control.property(EXPLANATION)
        assert control.toolTip()


def test_without_ffmpeg_mp4_is_grey_and_says_why(
    window: FilmWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    window.open_for(lambda _format: None)
    combo = window.findChild(ChoiceCombo, "film_kind")
    assert isinstance(combo, ChoiceCombo)
    model = combo.model()
    assert isinstance(model, QStandardItemModel)
    grey = {combo.values[place] for place in range(combo.count()) if not model.item(place).isEnabled()}
    assert grey == {"mp4"}
    assert "ffmpeg" in model.item(list(FILM_KINDS).index("mp4")).toolTip()


def test_from_the_menu_to_the_file(qtbot: QtBot, tmp_path: Path) -> None:
    page, notices, offers = QWidget(), Notices(), [offered_run("Übung", keep_run(4))]
    qtbot.addWidget(page)
    menu = ExportMenu("menu", Exported("run", lambda: offers, lambda: "Runs"), notices, page)
    add_run_exports(menu, lambda: offers, "Nothing.")
    action = menu.findChild(QAction, "menu_film")
    assert isinstance(action, QAction)
    action.trigger()
    (window,) = page.findChildren(FilmWindow)
    window.choice.plan = FilmPlan(width=64, height=64, frame_rate=10, seconds=0.5)
    qtbot.mouseClick(window.findChild(QPushButton, "film_save_button"), Qt.MouseButton.LeftButton)
    dialog = page.findChild(QFileDialog, "file_dialog")
    assert isinstance(dialog, QFileDialog)
    assert Path(dialog.selectedFiles()[0]).name == "Übung.gif"
    place = tmp_path / "Übung ε.gif"
    dialog.fileSelected.emit(str(place))
    dialog.close()
    qtbot.waitUntil(lambda: str(place) in notices.current.text)
    with Image.open(place) as film:
        assert (film.size, film.n_frames) == ((64, 64), 5)
    action.trigger()
    assert page.findChildren(FilmWindow) == [window]
