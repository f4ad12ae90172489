"""What stands above the curves of a comparison: titles, what is drawn, the legend, choices."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ppo_desktop.views.charts.curve_legend import LegendRow
from ppo_desktop.views.controls import SegmentButton, laid_out, named, with_role
from ppo_desktop.views.kit.choice_combo import FlatCombo
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.wording_label import WordingLabel


class ReturnHeader(QWidget):
    """Title, what is drawn, tools; below them the legend."""

    def __init__(self, theme: Theme, title: str, whole_run_button: QPushButton) -> None:
        super().__init__()
        self.title = with_role(QLabel(title), "title")
        self.remark = WordingLabel()
        self.legend = LegendRow(theme)
        self.legend.setObjectName("comparison_legend")
        self.legend.setAccessibleName("Return at the latest point of each curve, or where one points")
        self.seeds_button = SegmentButton("Seeds", "flat")
        named(self.seeds_button, "show_seeds_button", "Curves of single seeds", "show_seeds")
        parts = (self.title, (self.remark, 1), whole_run_button, self.seeds_button)
        row = laid_out(QHBoxLayout(), *parts, spacing=6)
        # That it comes and goes must not move the plot.
        row.addStrut(whole_run_button.sizeHint().height())
        laid_out(QVBoxLayout(self), row, self.legend, margins=(0, 0, 0, 0), spacing=1)


class ColumnHeader(QWidget):
    """A title that is a choice, and the value of the variant that is pointed at.

    Args:
        theme: Fonts and colours.
        number: Which of the plots it is, for its name.
    """

    def __init__(self, theme: Theme, number: int) -> None:
        super().__init__()
        self.combo = FlatCombo(
            f"comparison_column_{number}", f"What curve {number} shows", "comparison_column"
        )
        self.legend = LegendRow(theme)
        self.legend.setAccessibleName("Value pointed at")
        laid_out(QHBoxLayout(self), self.combo, (self.legend, 1), margins=(0, 0, 0, 0), spacing=6)
