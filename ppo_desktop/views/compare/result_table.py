"""The table of a comparison's results itself: a row for each variant, with its marker."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPixmap,
    QResizeEvent,
)

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.csv_export import summary_csv
from ppo_desktop.comparison.digest import Digest
from ppo_desktop.views.compare.result_columns import ResultColumn, result_columns
from ppo_desktop.views.compare.variant_menu import open_first_seed, show_variant_menu
from ppo_desktop.views.compare.variant_style import FAINT, paint_marker, variant_style
from ppo_desktop.views.controls import named
from ppo_desktop.views.sortable_table import ColumnsModel, Index, SortableTable
from ppo_desktop.views.theme import Theme

_HEADER_FONT = 0.75
_PADDING = 7
"""Left and right of a cell's text together, pixels."""


class _Model(ColumnsModel):
    """The first column has the markers; variants that are not pointed at are faint.

    Attributes:
        highlighted: Number of the variant that is pointed at, None for none.
        pixel_ratio: Pixels of the screen for each of the window's, along one side.
    """

    columns: list[ResultColumn]

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.pixel_ratio = 1.0
        self.columns = []
        self.highlighted: int | None = None
        self._markers: dict[tuple[int, bool], QPixmap] = {}

    def forget_markers(self) -> None:
        """Paint markers anew: colours or fonts are others, or how many variants there are."""
        self._markers.clear()

    def variant(self, row: int) -> int:
        """Return the variant that stands in a row of the table."""
        return int(self.order[row])

    def highlight(self, variant: int | None) -> None:
        """Let all rows but one be faint; None for none."""
        self.highlighted = variant
        if len(self.order):
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        variant = self.variant(index.row())
        is_faint = self.highlighted not in (None, variant)
        match role:
            case Qt.ItemDataRole.ToolTipRole:
                return self.columns[index.column()].tip(variant) or None
            case Qt.ItemDataRole.DecorationRole if index.column() == 0:
                return self._marker(variant, is_faint)
            case Qt.ItemDataRole.TextAlignmentRole if index.column() == 0:
                return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.ForegroundRole if is_faint:
                colour = self._theme.colour("muted")
                colour.setAlphaF(2 * FAINT)
                return colour
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
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(FAINT if is_faint else 1.0)
        style = variant_style(variant, len(self.order))
        paint_marker(painter, style, self._theme, QPointF(size / 2, size / 2), 0.42 * size)
        painter.end()
        return pixmap


def _style_sheet(theme: Theme) -> str:
    border, muted = theme.colour("border").name(), theme.colour("muted").name()
    field, text = theme.colour("field").name(), theme.colour("text").name()
    return f"""
    QTableView {{ background: transparent; border: none; selection-background-color: {field};
        selection-color: {text}; }}
    QTableView:focus {{ border-bottom: 1px solid {theme.colour("accent").name()}; }}
    QHeaderView {{ background: transparent; border: none; }}
    QHeaderView::section {{ background: transparent; border: none; border-bottom: 1px solid {border};
        color: {muted}; padding: 1px 3px; font-size: {_HEADER_FONT * theme.base_size}pt; }}
    QAbstractScrollArea::corner {{ background: transparent; border: none; }}
    QScrollBar:horizontal {{ background: transparent; height: 8px; margin: 0; }}
    QScrollBar::handle:horizontal {{ background: {border}; border-radius: 4px; min-width: 30px; }}
    QScrollBar::add-line:horizontal, QScrollBar::sub-line:horizontal {{ width: 0; }}
    """


def marker_size(theme: Theme) -> int:
    """Return the width of a marker, pixels."""
    return round(1.15 * theme.base_size)


class ResultTable(SortableTable):
    """A row for each variant; pointing at a row points at the variant everywhere."""

    pointed = Signal(object)

    def __init__(self, comparisons: ComparisonSession, theme: Theme) -> None:
        model = _Model(theme)
        super().__init__(theme, model)
        self._model: _Model = model
        self._comparisons = comparisons
        self._digest: Digest | None = None
        self.horizontalHeader().setHighlightSections(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        named(self, "comparison_table", "Results of every value", "comparison_table")
        self.setToolTip("")  # it would cover the rows
        self.setMouseTracking(True)
        self.setVerticalScrollMode(self.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(self.ScrollMode.ScrollPerPixel)
        self.entered.connect(self._point_at)
        self.selectionModel().currentRowChanged.connect(self._follow_keys)
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
        """Take fonts and colours from the theme; no frame and no fields, for the card is enough of both."""
        self._model.forget_markers()
        self._model.pixel_ratio = self.devicePixelRatioF()
        self.setStyleSheet(_style_sheet(self._theme))
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
        header = QFontMetrics(self._theme.font(_HEADER_FONT))
        words = max(map(header.horizontalAdvance, column.header.split("\n")))
        texts = max(map(self.fontMetrics().horizontalAdvance, column.texts), default=0)
        if place == 0:
            texts = min(texts, round(12 * self._theme.base_size)) + marker_size(self._theme) + 6
        return max(words, texts) + _PADDING

    def _point_at(self, index: QModelIndex) -> None:
        self.pointed.emit(self._model.variant(index.row()))

    def _follow_keys(self, index: QModelIndex) -> None:
        """Point at the row that the arrow keys have reached."""
        if index.isValid() and self.hasFocus():
            self._point_at(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at nothing below the last row."""
        super().mouseMoveEvent(event)
        if not self.indexAt(event.position().toPoint()).isValid():
            self.pointed.emit(None)

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        self.pointed.emit(None)

    def event(self, event: QEvent) -> bool:
        """Paint the markers anew on a screen with other pixels."""
        if event.type() is QEvent.Type.DevicePixelRatioChange:
            self._model.pixel_ratio = self.devicePixelRatioF()
            self._model.forget_markers()
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Point at nothing."""
        super().focusOutEvent(event)
        self.pointed.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the first seed of the variant in the row reached by Return in Train."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            open_first_seed(self._comparisons, self._model.variant(self.currentIndex().row()))
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the first seed of a variant in Train."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            open_first_seed(self._comparisons, self._model.variant(index.row()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the variant of a row."""
        by_keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_keyboard else self.indexAt(event.pos())
        if index.isValid():
            place = self.viewport().mapToGlobal(self.visualRect(index).center())
            show_variant_menu(
                self._comparisons,
                self._model.variant(index.row()),
                None,
                self,
                place if by_keyboard else event.globalPos(),
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns to the new width."""
        super().resizeEvent(event)
        self.fit_columns()
