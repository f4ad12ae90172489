"""The panels of the Compare page: environments side by side, curves left, effect and table right."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.views.compare.compare_footer import CompareFooter
from ppo_desktop.views.compare.compare_strip import CompareStrip
from ppo_desktop.views.compare.comparison_stage import ComparisonStage
from ppo_desktop.views.compare.curves import ComparisonCurves
from ppo_desktop.views.compare.effect_card import EffectCard
from ppo_desktop.views.compare.result_table import ComparisonTable
from ppo_desktop.views.controls import laid_out
from ppo_desktop.views.overflow import OverflowArea, StackedSplitter, WrappingSplitter
from ppo_desktop.views.theme import Theme


class ComparePanels(QWidget):
    """Everything of the page below its bar.

    Attributes:
        curves: The curves, which are drawn by themselves when they come into sight.
    """

    def __init__(self, comparisons: ComparisonSession, theme: Theme) -> None:
        super().__init__()
        self.curves = ComparisonCurves(comparisons, theme)
        results = _results(comparisons, theme, self.curves)
        strip, footer = CompareStrip(comparisons, lambda: results), CompareFooter(comparisons)
        body = laid_out(QVBoxLayout(), OverflowArea(results), margins=(7, 6, 7, 7))
        laid_out(QVBoxLayout(self), strip, (body, 1), footer, margins=(0, 0, 0, 0), spacing=0)


def _results(comparisons: ComparisonSession, theme: Theme, curves: ComparisonCurves) -> QWidget:
    right = StackedSplitter({EffectCard(comparisons, theme): 400, ComparisonTable(comparisons, theme): 260})
    columns = WrappingSplitter({curves: 1, right: 1})
    columns.setSizes([760, 620])
    results = StackedSplitter({ComparisonStage(comparisons, theme): 180, columns: 640})
    results.setObjectName("page")
    results.setStretchFactor(0, 2)
    results.setStretchFactor(1, 7)
    return results
