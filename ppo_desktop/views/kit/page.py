"""What every page of the window has: a tab, a bar of its own in the header, keys; and pages of jobs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from ppo_desktop.bridge.job_session import JobSession
from ppo_desktop.bridge.notices import Notices
from ppo_desktop.views.controls import add_shortcut, laid_out
from ppo_desktop.views.kit.bar import JobBar
from ppo_desktop.views.kit.card_focus import CardFocus
from ppo_desktop.views.kit.hiding import Hiding
from ppo_desktop.views.kit.overflow import OverflowArea


@dataclass(frozen=True)
class PagePart:
    """What belongs to one question, and can be shown alone, so that it is large.

    Attributes:
        title: What it is called, in a word.
        cards: Returns the cards that are shown.
    """

    title: str
    cards: Callable[[], Sequence[QWidget]]


class Page(QWidget):
    """One of the pages of which the window shows one at a time.

    The page's own actions (`addAction`) stand in the menu while the page is shown. Pages that are not
    shown at the start build in `fill` what is below the header, so that the window is there sooner.

    Attributes:
        id: What it and its tab are known by.
        title: The word on its tab.
        bar: What stands in the header while the page is shown. Where it has less room than it
            would like beside the tabs, the header gives it a row of its own.
        explanation: Key in the glossary of what the page shows and where.
        notices: What the owner of what the page shows has to tell the user.
        card_focus: Which of its cards fill it.
        parts: What can be shown of it alone, in the order of the number keys; 0 shows all of it.
        less: What is left out beside the cards, too, while a part is shown.
        export_button: Has the menu of what can be taken out of it; None before there is one.
    """

    hint_changed = Signal()

    def __init__(self, page_id: str, title: str, bar: QWidget, explanation: str, notices: Notices) -> None:
        super().__init__()
        self.id, self.title, self.bar = page_id, title, bar
        self.explanation, self.notices = explanation, notices
        self.card_focus = CardFocus(self)
        self.card_focus.changed.connect(self._leave_out)
        self.parts: tuple[PagePart, ...] = ()
        self.less: tuple[QWidget, ...] = ()
        self.export_button: QToolButton | None = None
        self._left_out = Hiding(self)
        self._is_filled = False
        self.setObjectName("page")
        self.setAccessibleName(f"{title} page")
        # A click beside the controls takes the focus from them and gives the keys back to the window.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    @property
    def tab_name(self) -> str:
        """Object name of its tab."""
        return f"{self.id}_tab"

    @property
    def hint(self) -> str:
        """What the message line says while there is no notice; `hint_changed` is emitted when it changes."""
        return ""

    def fill(self) -> None:
        """Build what is to be built no earlier than when the page is shown for the first time."""

    def lay_out(self, *parts: QWidget, margins: tuple[int, int, int, int] = (7, 6, 7, 7)) -> None:
        """Let all stand one below the other: strip, an area that scrolls, status bar.

        Args:
            parts: From top to bottom.
            margins: Around the area, which has all room that is left.
        """
        rows = [
            (laid_out(QVBoxLayout(), part, margins=margins), 1) if isinstance(part, OverflowArea) else part
            for part in parts
        ]
        laid_out(QVBoxLayout(self), *rows, margins=(0, 0, 0, 0), spacing=0)

    def set_parts(self, *parts: PagePart) -> None:
        """Let number keys show parts of the page alone, and 0 all of it."""
        self.parts = parts
        for key, title in enumerate(("All of the page", *(f"{part.title} alone, large" for part in parts))):
            self.add_shortcut(str(key), title, partial(self.show_part_number, key))

    def show_part(self, part: PagePart) -> None:
        """Show a part alone, where it is there."""
        self.card_focus.leave()
        cards = part.cards()
        if any(card.isVisibleTo(self) for card in cards):
            self.card_focus.show_few(cards)

    def show_part_number(self, number: int) -> None:
        """Show a part by its number key, all of the page by 0."""
        if number == 0:
            self.card_focus.leave()
        else:
            self.show_part(self.parts[number - 1])

    @property
    def part_number(self) -> int:
        """The number key of the part that is shown, 0 where all of the page, or one card, is."""
        few = self.card_focus.few
        return next((key for key, part in enumerate(self.parts, 1) if few and few == tuple(part.cards())), 0)

    def show_less(self, on: bool) -> None:
        """Begin with the first part, as on a projector, or show all of the page again."""
        if on and self.parts:
            self.show_part(self.parts[0])
        else:
            self.card_focus.leave()

    def _leave_out(self) -> None:
        self._left_out.let_all_go()
        for widget in self.less if self.card_focus.few else ():
            self._left_out.hide(widget)

    def setVisible(self, visible: bool) -> None:
        if visible and not self._is_filled:
            self._is_filled = True
            self.fill()
        super().setVisible(visible)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Let a card whose title is double-clicked fill the page, or bring the page back."""
        card = self.card_focus.card_titled_at(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and card is not None:
            self.card_focus.toggle(card)

    def add_shortcut(self, keys: str, what: str, slot: Callable[[], None], *, repeats: bool = False) -> None:
        """Let `keys` do `what` while the page is shown; Qt ignores shortcuts of what is hidden."""
        add_shortcut(self, keys, what, slot, repeats=repeats)

    def open_exports(self) -> None:
        """Open the menu of what can be taken out of it, where its button can be pressed."""
        button = self.export_button
        if button is not None and button.isVisible() and button.isEnabled():
            button.showMenu()

    def toggle(self) -> None:
        """Do what the Space key is for on this page: nothing, unless the page says otherwise."""

    def hold(self, is_held: bool) -> None:
        """Let what only this page plays stand still, or go on: nothing, unless the page says otherwise."""
        del is_held

    def close_down(self) -> None:
        """End what only this page has started; the window closes, for a second time perhaps."""


class JobPage(Page):
    """Shows a job, which does less for it while the page is hidden, and ends with it.

    Args:
        page_id: What it and its tab are known by.
        title: The word on its tab.
        bar: What stands in the header, with the button that starts the job, as the Space key does.
        explanation: Key in the glossary of what the page shows and where.
        job: What it shows.
    """

    def __init__(self, page_id: str, title: str, bar: JobBar, explanation: str, job: JobSession) -> None:
        super().__init__(page_id, title, bar, explanation, job.notices)
        self._start, self._job = bar.start, job

    def toggle(self) -> None:
        """Start, or pause."""
        self._start.press()

    def close_down(self) -> None:
        """End the job."""
        self._job.close()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._job.set_visible(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._job.set_visible(False)
