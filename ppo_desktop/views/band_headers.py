"""What stands above the curves of a comparison: titles, what is drawn, the legend, choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ppo_desktop.views.controls import SegmentButton, explained, named, without_wheel
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.variant_legend import LegendEntry, VariantLegend
from ppo_desktop.views.wording_label import WordingLabel


class ReturnHeader(QWidget):
    """Title, what is drawn, tools; below them the legend."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self.title = QLabel(title)
        self.title.setProperty("role", "title")
        self.remark = WordingLabel()
        self.legend = VariantLegend(theme)
        self.legend.setObjectName("comparison_legend")
        self.legend.setAccessibleName("Values and their mean returns")
        self.seeds_button = SegmentButton("Seeds", "flat")
        named(self.seeds_button, "show_seeds_button", "Curves of single seeds", "show_seeds")
        self.whole_run_button = explained(QPushButton("Whole run"), "whole_run")
        self.whole_run_button.setProperty("role", "flat")
        self.whole_run_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(6)
        for widget in (self.title, self.remark, self.whole_run_button, self.seeds_button):
            row.addWidget(widget, stretch=1 if widget is self.remark else 0)
        # That it comes and goes must not move the plot.
        row.addStrut(self.whole_run_button.sizeHint().height())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addLayout(row)
        column.addWidget(self.legend)
        self.whole_run_button.hide()

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
        self.combo = _TitleCombo()
        self.combo.setProperty("role", "flat")
        named(self.combo, f"comparison_column_{number}", f"What curve {number} shows", "comparison_column")
        without_wheel(self.combo)
        self.combo.activated.connect(self._chosen)
        self.legend = VariantLegend(theme)
        self.legend.setAccessibleName("Value pointed at")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.combo)
        row.addWidget(self.legend, stretch=1)

    def offer(self, titles: Mapping[str, str], shown: str) -> None:
        """Let one choose among the columns with these titles, one of which is shown."""
        offered = {
            self.combo.itemData(index): self.combo.itemText(index) for index in range(self.combo.count())
        }
        if offered != titles:
            self.combo.clear()
            for column, title in titles.items():
                self.combo.addItem(title, column)
        self.combo.setCurrentIndex(list(titles).index(shown))
        self.combo.updateGeometry()

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
    def _chosen(self, index: int) -> None:
        self.column_chosen.emit(self.combo.itemData(index))


class _TitleCombo(QComboBox):
    """As wide as its title, if there is room."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)

    def sizeHint(self) -> QSize:
        """Wide enough for the title shown."""
        hint, metrics = super().sizeHint(), self.fontMetrics()
        widths = [metrics.horizontalAdvance(self.itemText(index)) for index in range(self.count())]
        shown = metrics.horizontalAdvance(self.currentText())
        return QSize(hint.width() - max(widths, default=0) + shown, hint.height())

    def minimumSizeHint(self) -> QSize:
        """Wide enough for some of it."""
        return QSize(self.fontMetrics().averageCharWidth() * 8, self.sizeHint().height())
