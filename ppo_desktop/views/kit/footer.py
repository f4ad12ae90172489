"""The status bar at the lower end of every page, from declarations of what its labels say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from ppo_desktop.views.controls import EXPLANATION_NOTE, explained, named, refresh_at, with_role
from ppo_desktop.views.kit.bar import WrappingBar
from ppo_desktop.views.wording_label import ElidedLabel, set_text

_SHARE_STEPS = 1000


class StatusLabel(ElidedLabel):
    """Says something that changes; hidden while there is nothing to say.

    Args:
        object_name: Its name for tests.
        accessible_name: What it is, for screen readers.
        explanation: Key of its explanation.
        text: Returns what it says now.
        widest: It keeps room for such a text, so that nothing jumps as numbers grow. Without it the label
            stands at the right end, has the room that is left, and ends with … where that is not enough,
            but never before the share of the fast engine that is prepared.
        is_bold: Whether it is what is looked for first.
        note: Returns what is particular about it now, for its tooltip.
    """

    def __init__(
        self,
        object_name: str,
        accessible_name: str,
        explanation: str,
        text: Callable[[], str],
        widest: str | None = None,
        *,
        is_bold: bool = False,
        note: Callable[[], str] = str,
    ) -> None:
        keeps_room = widest is not None
        super().__init__(
            Qt.AlignmentFlag.AlignLeft if keeps_room else Qt.AlignmentFlag.AlignRight,
            least="" if keeps_room else f"{_prepared(1)} …",
        )
        named(self, object_name, accessible_name, explanation)
        with_role(self, "title" if is_bold else "muted")
        self._text, self._note, self._explanation = text, note, explanation
        if widest is not None:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
            self.setMinimumWidth(self.fontMetrics().horizontalAdvance(widest) * 9 // 10)

    def refresh(self) -> None:
        """Say what holds now."""
        set_text(self, self._text())
        if (note := self._note()) != self.property(EXPLANATION_NOTE):
            explained(self, self._explanation, note)
        self.setVisible(bool(self.text()))


class ShareBar(QProgressBar):
    """How much of something is done, without words.

    Args:
        object_name: Its name for tests.
        accessible_name: What it is, for screen readers.
        explanation: Key of its explanation.
        share: Returns how much, 0 to 1; None while that is not known.
        width: Pixels.
    """

    def __init__(
        self,
        object_name: str,
        accessible_name: str,
        explanation: str,
        share: Callable[[], float | None],
        width: int = 130,
    ) -> None:
        super().__init__()
        named(self, object_name, accessible_name, explanation)
        self._share = share
        self.setTextVisible(False)
        self.setFixedWidth(width)

    def refresh(self) -> None:
        """Show what holds now."""
        share = self._share()
        self.setRange(0, 0 if share is None else _SHARE_STEPS)
        self.setValue(int(_SHARE_STEPS * (share or 0.0)))


class Footer(WrappingBar):
    """The bar at the lower end of a page; its labels change, its place does not.

    Args:
        left: What stands in it, from left to right.
        right: Likewise, at its right end.
        signals: When it is refreshed, beside when it comes into sight.
    """

    def __init__(self, left: Sequence[QWidget], right: Sequence[QWidget], *signals: SignalInstance) -> None:
        super().__init__(gap=12)
        self.setObjectName("footer")
        self.setContentsMargins(12, 3, 12, 3)
        self.set_groups(left, right)
        self._parts = [part for part in (*left, *right) if isinstance(part, (StatusLabel, ShareBar))]
        refresh_at(self.refresh, *signals)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Show the present state."""
        for part in self._parts:
            part.refresh()


def preparation_text(share: float) -> str:
    """Return how far the fast engine is prepared, 0 to 1, in words; the number stands where it is not cut."""
    return f"{_prepared(share)} prepared · first start only"


def _prepared(share: float) -> str:
    return f"fast engine {round(100 * share)} %"
