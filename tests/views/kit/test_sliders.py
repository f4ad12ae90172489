"""A slider that was reached with Tab has the keys that move it, but those that its page is for."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.views.controls import add_shortcut
from ppo_desktop.views.kit.sliders import ConceptSlider
from ppo_desktop.views.theme import Theme


def test_arrow_keys_are_the_sliders_and_page_down_is_the_pages(qtbot: QtBot, theme: Theme) -> None:
    page, taken = QWidget(), []
    slider = ConceptSlider(theme, "", range(100))
    QVBoxLayout(page).addWidget(slider)
    qtbot.addWidget(page)
    for keys in ("PgDown", "Right"):
        add_shortcut(page, keys, "Go on", lambda keys=keys: taken.append(keys))
    with qtbot.waitExposed(page):
        page.show()
    slider.setFocus()
    qtbot.waitUntil(slider.hasFocus)
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert (slider.value(), taken) == (1, [])
    qtbot.keyClick(slider, Qt.Key.Key_PageDown)
    assert (slider.value(), taken) == (1, ["PgDown"])
    qtbot.keyClick(slider, Qt.Key.Key_PageUp)
    assert slider.value() != 1, "nothing else takes it"
