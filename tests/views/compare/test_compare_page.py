"""The Compare page: one figure, in whatever way it is exported."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.views.compare.compare_page import ComparePage
from ppo_desktop.views.figure import Figure
from ppo_desktop.views.figure_export import figure_image
from ppo_desktop.views.kit.export_menu import ExportMenu
from ppo_desktop.views.theme import Theme
from tests.comparisons import compared
from tests.exported_figures import assert_exported_three_ways
from tests.opened_comparisons import results, show

WORDS = (
    "Episode return",
    "solved at 475",
    "Effect of",
    "95 % interval",
    "Clipped ratios",
    "0.20",
    "all steps",
)


def test_environments_curves_effect_and_table_are_one_figure_seen_or_not(
    qtbot: QtBot,
    comparisons: ComparisonSession,
    theme: Theme,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = ComparePage(comparisons, theme)
    qtbot.addWidget(page)
    page.resize(1100, 700)
    with qtbot.waitExposed(page):
        page.show()
    show(qtbot, comparisons, compared(), results((100, 200, 300), (400, 450, 470)))
    figures: list[Figure] = []
    copied = f"{ExportMenu.__module__}.figure_image"
    monkeypatch.setattr(copied, lambda figure: figures.append(figure) or figure_image(figure))
    copy = next(action for action in page.findChild(ExportMenu).actions() if action.text() == "Copy figure")
    copy.trigger()
    before = words_of(assert_exported_three_ways(figures[-1], tmp_path))
    assert {"solved at 475", "95 % interval", "Clipped ratios", "0.20", "all steps"} <= set(before)
    for part in page.findChildren(QWidget, "card"):
        part.hide()
    copy.trigger()
    assert words_of(assert_exported_three_ways(figures[-1], tmp_path)) == before


def words_of(svg: str) -> list[str]:
    texts = ElementTree.fromstring(svg.encode()).iter("{http://www.w3.org/2000/svg}text")
    return ["".join(text.itertext()).strip() for text in texts]
