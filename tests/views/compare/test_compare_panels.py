"""The panels of the Compare page: one figure, in whatever way it is exported."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.views.compare.compare_panels import ComparePanels
from ppo_desktop.views.compare.comparison_export_menu import ComparisonExportMenu
from ppo_desktop.views.theme import Theme
from tests.comparisons import compared
from tests.exports import assert_exported_three_ways
from tests.opened_comparisons import results, show


def test_curves_effect_and_table_are_one_figure(
    qtbot: QtBot, comparisons: ComparisonSession, theme: Theme, tmp_path: Path
) -> None:
    panels = ComparePanels(comparisons, theme)
    qtbot.addWidget(panels)
    panels.resize(1100, 700)
    with qtbot.waitExposed(panels):
        panels.show()
    comparisons.set_visible(True)
    show(qtbot, comparisons, compared(), results((100, 200, 300), (400, 450, 470)))
    menu = panels.findChild(ComparisonExportMenu)
    assert menu is not None
    svg = assert_exported_three_ways(menu.figure(), tmp_path)
    for word in ("Episode return", "solved at 475", "Effect of", "95 % interval", "Results", "0.20"):
        assert word in svg
