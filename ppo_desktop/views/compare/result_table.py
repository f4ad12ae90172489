"""The table of a comparison's results: a row for each variant, with its marker, and its card."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Slot
from PySide6.QtGui import QFontMetrics, QGuiApplication, QPixmap, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.export import summary_csv
from ppo_desktop.views.compare.result_columns import ResultColumn, result_columns
from ppo_desktop.views.compare.variant_menu import open_first_seed, show_variant_menu
from ppo_desktop.views.compare.variant_style import FAINT, paint_marker, variant_style
from ppo_desktop.views.controls import Card, explained, laid_out, named, push_button, with_role
from ppo_desktop.views.pointing_table import HEADER_FONT, PointingModel, PointingTable
from ppo_desktop.views.sortable_table import Index
from ppo_desktop.views.theme import Theme, smooth_painter

_PADDING = 7
"""Left and right of a cell's text together, pixels."""
_EMPTY = "Every value gets a row here as the runs learn."


class _Model(PointingModel):
    """The first column has the markers.

    Attributes:
        pixel_ratio: Pixels of the screen for each of the window's, along one side.
    """

    columns: list[ResultColumn]

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.pixel_ratio = 1.0
        self.columns = []
        self._markers: dict[tuple[int, bool], QPixmap] = {}

    def forget_markers(self) -> None:
        """Paint markers anew: colours or fonts are others, or how many variants there are."""
        self._markers.clear()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        variant = self.thing(index.row())
        match role:
            case Qt.ItemDataRole.ToolTipRole:
                return self.columns[index.column()].tip(variant) or None
            case Qt.ItemDataRole.DecorationRole if index.column() == 0:
                return self._marker(variant, self.is_faint(index.row()))
            case Qt.ItemDataRole.TextAlignmentRole if index.column() == 0:
                return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            case _:
                return super().data(index, role)

    def _marker(self, variant: int, is_faint: bool) -> QPixmap:
        if (variant, is_faint) not in self._markers:
            self._markers[variant, is_faint] = self._painted(variant, is_faint)
        return self._markers[variant, is_faint]

    def _painted(self, variant: int, is_faint: bool) -> QPixmap:
        ratio = self.pixel_ratio
        size = marker_size(self._theme)
        pixmap = QPixmap(round(size * ratio), round(size * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = smooth_painter(pixmap)
        painter.setOpacity(FAINT if is_faint else 1.0)
        style = variant_style(variant, len(self.order))
        paint_marker(painter, style, self._theme, QPointF(size / 2, size / 2), 0.42 * size)
        painter.end()
        return pixmap


def marker_size(theme: Theme) -> int:
    """Return the width of a marker, pixels."""
    return round(1.15 * theme.base_size)


class ResultTable(PointingTable):
    """A row for each variant; pointing at a row points at the variant everywhere."""

    def __init__(self, comparisons: ComparisonSession, theme: Theme) -> None:
        model = _Model(theme)
        super().__init__(theme, model)
        self._model: _Model = model
        self._comparisons = comparisons
        self._digest: Digest | None = None
        named(self, "comparison_table", "Results of every value", "comparison_table")
        self.setToolTip("")  # it would cover the rows
        self.follow_theme()

    def show_digest(self, digest: Digest | None) -> None:
        """Show what a comparison says; None for nothing."""
        self._digest = digest
        columns = [] if digest is None or not digest.estimates else result_columns(digest)
        if self._model.has_shape_of(columns):
            widths = [column.texts for column in self._model.columns]
            self._model.update(columns)
            if widths != [column.texts for column in columns]:
                self.fit_columns()
            return
        self._model.forget_markers()
        self._model.show(columns)
        self.fit_columns()

    def set_highlighted(self, variant: int | None) -> None:
        """Let all rows but one be faint; None for none."""
        self._model.highlight(variant)

    def copy_as_csv(self) -> None:
        """Put all results on the clipboard, in the order shown."""
        if self._digest is not None and self._model.columns:
            QGuiApplication.clipboard().setText(summary_csv(self._digest, self._model.order.tolist()))

    def follow_theme(self) -> None:
        """Take fonts, colours and markers from the theme."""
        self._model.forget_markers()
        self._model.pixel_ratio = self.devicePixelRatioF()
        super().follow_theme()

    def fit_columns(self) -> None:
        """Give every column the width of its header and its texts; share out what room is left."""
        widths = [self._width_needed(place) for place in range(len(self._model.columns))]
        spare = max(self.viewport().width() - sum(widths), 0)
        share = min(spare // len(widths), 4 * _PADDING) if widths else 0
        for place, width in enumerate(widths):
            self.setColumnWidth(place, width + share)

    def _width_needed(self, place: int) -> int:
        column = self._model.columns[place]
        header = QFontMetrics(self._theme.font(HEADER_FONT))
        words = max(map(header.horizontalAdvance, column.header.split("\n")))
        texts = max(map(self.fontMetrics().horizontalAdvance, column.texts), default=0)
        if place == 0:
            texts = min(texts, round(12 * self._theme.base_size)) + marker_size(self._theme) + 6
        return max(words, texts) + _PADDING

    def open_thing(self, thing: int) -> None:
        """Open the first seed of a variant in Train."""
        open_first_seed(self._comparisons, thing)

    def show_menu(self, thing: int, place: QPoint) -> None:
        """Offer what can be done with the variant of a row."""
        show_variant_menu(self._comparisons, thing, None, self, place)

    def event(self, event: QEvent) -> bool:
        """Paint the markers anew on a screen with other pixels."""
        if event.type() is QEvent.Type.DevicePixelRatioChange:
            self._model.pixel_ratio = self.devicePixelRatioF()
            self._model.forget_markers()
        return super().event(event)


class ComparisonTable(Card):
    """Title, the button that copies, and the table."""

    def __init__(self, comparisons: ComparisonSession, theme: Theme) -> None:
        super().__init__()
        self._comparisons = comparisons
        self.table = ResultTable(comparisons, theme)
        self.copy_button = push_button(
            "Copy as CSV",
            "copy_results_button",
            "copy_csv",
            accessible_name="Copy the table as CSV",
            role="flat",
        )
        self._empty = with_role(QLabel(_EMPTY), "muted")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        title = with_role(explained(QLabel("Results"), "comparison_table"), "title")
        header = laid_out(QHBoxLayout(), title, 1, self.copy_button)
        laid_out(
            QVBoxLayout(self), header, (self._empty, 1), (self.table, 1), 0, margins=(10, 7, 10, 8), spacing=2
        )

    def _connect(self) -> None:
        comparisons = self._comparisons
        comparisons.digest_changed.connect(self._show)
        comparisons.comparison_changed.connect(self._show)
        comparisons.highlight_changed.connect(self._show_highlight)
        self.table.pointed.connect(comparisons.highlight)
        self.copy_button.clicked.connect(self.table.copy_as_csv)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while the card was hidden."""
        super().showEvent(event)
        self._show()

    @Slot()
    def _show(self) -> None:
        digest = self._comparisons.digest
        is_empty = digest is None or not digest.estimates
        self._empty.setVisible(is_empty)
        self.table.setVisible(not is_empty)
        self.copy_button.setEnabled(not is_empty)
        if self.isVisible():
            self.table.show_digest(digest)
            self._show_highlight()

    @Slot()
    def _show_highlight(self) -> None:
        if self.isVisible():
            self.table.set_highlighted(self._comparisons.highlighted)
