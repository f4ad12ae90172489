"""What stands above the curves of a comparison: titles, what is drawn, the legend, choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ppo_desktop.views.charts.curve_card import whole_run_button
from ppo_desktop.views.compare.variant_legend import LegendEntry, VariantLegend
from ppo_desktop.views.controls import SegmentButton, laid_out, named, with_role, without_wheel
from ppo_desktop.views.fitting_combo import FlatCombo
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.wording_label import WordingLabel


class ReturnHeader(QWidget):
    """Title, what is drawn, tools; below them the legend."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self.title = with_role(QLabel(title), "title")
        self.remark = WordingLabel()
        self.legend = VariantLegend(theme, says_which=True)
        self.legend.setObjectName("comparison_legend")
        self.legend.setAccessibleName("Return at the latest point of each curve, or where one points")
        self.seeds_button = SegmentButton("Seeds", "flat")
        named(self.seeds_button, "show_seeds_button", "Curves of single seeds", "show_seeds")
        self.whole_run_button = whole_run_button()
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(6)
        for widget in (self.title, self.remark, self.whole_run_button, self.seeds_button):
            row.addWidget(widget, stretch=1 if widget is self.remark else 0)
        # That it comes and goes must not move the plot.
        row.addStrut(self.whole_run_button.sizeHint().height())
        laid_out(QVBoxLayout(self), row, self.legend, margins=(0, 0, 0, 0), spacing=1)

    def show_values(self, texts: Sequence[str], *, pointing: bool) -> None:
        """Show a value of each variant, once there are any."""
        if texts:
            self.legend.set_values(texts, pointing=pointing)

    @Slot(bool)
    def set_following(self, following: bool) -> None:
        """Offer the way back to the whole run while less of it is shown."""
        self.whole_run_button.setVisible(not following)


class ColumnHeader(QWidget):
    """A title that is a choice, and the value of the variant that is pointed at.

    Args:
        theme: Fonts and colours.
        number: Which of the plots it is, for its name.
    """

    column_chosen = Signal(str)

    def __init__(self, theme: Theme, number: int) -> None:
        super().__init__()
        self._columns: tuple[str, ...] = ()
        self.combo = without_wheel(FlatCombo())
        named(self.combo, f"comparison_column_{number}", f"What curve {number} shows", "comparison_column")
        self.combo.activated.connect(self._choose)
        self.legend = VariantLegend(theme)
        self.legend.setAccessibleName("Value pointed at")
        laid_out(QHBoxLayout(self), self.combo, (self.legend, 1), margins=(0, 0, 0, 0), spacing=6)

    def offer(self, titles: Mapping[str, str], shown: str) -> None:
        """Let one choose among the columns with these titles, one of which is shown."""
        self._columns = tuple(titles)
        self.combo.offer(list(titles.values()), self._columns.index(shown))

    def show_value(self, entries: Sequence[LegendEntry], texts: Sequence[str]) -> None:
        """Show the value of the variant that is pointed at.

        Args:
            entries: That variant, or nothing.
            texts: A value of every variant, or nothing.
        """
        values = [texts[entry.number] for entry in entries if texts]
        self.legend.set_entries(entries if texts else (), "".join(values))
        self.legend.set_values(values, pointing=True)

    @Slot(int)
    def _choose(self, index: int) -> None:
        self.column_chosen.emit(self._columns[index])
