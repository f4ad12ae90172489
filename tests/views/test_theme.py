from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QFrame, QLabel, QPushButton, QVBoxLayout
from pytestqt.qtbot import QtBot

from ppo_desktop.resource_files import resource_path
from ppo_desktop.views import theme as theme_module
from ppo_desktop.views.theme import Appearance, Theme


def card(qtbot: QtBot) -> QFrame:
    frame, inner = QFrame(), QFrame()
    frame.setObjectName("card")
    title = QLabel("Title")
    title.setProperty("role", "title")
    combo = QComboBox()
    combo.addItems(["one", "two"])
    for widget, into in ((title, inner), (QPushButton("Press"), inner), (combo, inner), (inner, frame)):
        (into.layout() or QVBoxLayout(into)).addWidget(widget)
    qtbot.addWidget(frame)
    return frame


def picture(frame: QFrame) -> QImage:
    frame.resize(frame.sizeHint())
    return frame.grab().toImage()


def test_what_is_built_before_the_style_sheet_is_put_on_looks_as_what_is_built_after_it(
    qtbot: QtBot, qapp: QApplication, theme: Theme
) -> None:
    style_sheet = qapp.styleSheet()
    with theme.style_sheet_put_on_last():
        assert not qapp.styleSheet()
        before = card(qtbot)
    assert qapp.styleSheet() == style_sheet != ""
    assert picture(before) == picture(card(qtbot))


@pytest.mark.parametrize("name", ["Übungen im Seminar", "a (copy) 100 %", "it's; {here}"])
def test_a_tick_is_drawn_wherever_the_program_is_installed(
    qtbot: QtBot, theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    box = QCheckBox()
    box.setChecked(True)
    qtbot.addWidget(box)
    usual = box.grab().toImage()
    icons = tmp_path / name / "icons"
    shutil.copytree(resource_path("icons"), icons)
    monkeypatch.setattr(theme_module, "resource_path", lambda _relative: icons)
    theme.set_appearance(Appearance.DARK)
    theme.set_appearance(Appearance.LIGHT)
    assert box.grab().toImage() == usual


def test_an_appearance_that_is_in_force_styles_no_widget_anew(qtbot: QtBot, theme: Theme) -> None:
    styled: list[bool] = []

    class Styled(QLabel):
        def changeEvent(self, event: QEvent) -> None:
            styled.append(event.type() is QEvent.Type.StyleChange)

    label = Styled("seen")
    qtbot.addWidget(label)
    label.ensurePolished()
    styled.clear()
    theme.set_appearance(Appearance.LIGHT)
    assert not any(styled)
    theme.set_appearance(Appearance.DARK)
    assert any(styled)
