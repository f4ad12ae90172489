"""The one line that speaks to the user: the notice of the page shown or of the application, else a hint."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from ppo_desktop.bridge.notices import Notices
from ppo_desktop.ppo.messages import counted
from ppo_desktop.views.controls import Segments, laid_out, named, push_button, set_role
from ppo_desktop.views.wording_label import cut

_GAP = 10
_LEAST_TEXT = 50
"""Pixels of the message that are there in any case."""
_ROOM_CHANGES = (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.FontChange, QEvent.Type.StyleChange)


class MessageLine(QWidget):
    """Always there, so that nothing jumps when a notice comes; long ones are cut, whole in the tooltip.

    What a notice offers is a button beside it, and a cross puts the notice away, as Escape does on them.

    Args:
        announcements: Notices of the application, which are shown above every page.

    Attributes:
        focus_button: Lets one card fill the page, or brings the page back.
        unlock_button: There while controls are hidden, to show them again.
    """

    part_chosen = Signal(object)
    """A part of the page is to be shown alone; with its number key, 0 for all of it."""

    def __init__(self, announcements: Notices) -> None:
        super().__init__()
        self._announcements = self._of_page = self._shown = announcements
        self._hint = self._text = ""
        self._least_width = 0
        self._build()
        announcements.changed.connect(self._show)
        self._show()

    def _build(self) -> None:
        self._label = named(QLabel(), "message_label", "Message", "message")
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        act, put_away = (lambda: self._shown.act()), (lambda: self._shown.withdraw())
        self._action = push_button("", "message_action_button", "message", act, role="action")
        self._dismiss = push_button("×", "message_dismiss_button", "message", put_away, role="flat")
        self._dismiss.setAccessibleName("Put this message away")
        self.focus_button = push_button("", "focus_button", "focus", role="flat")
        self._parts = Segments(is_flat=True)
        self._parts.chosen.connect(self.part_chosen)
        self._titles: tuple[str, ...] = ()
        self.unlock_button = push_button("", "unlock_button", "lock", role="action")
        parts = (
            *(self._label, self._action, 1, self._dismiss),
            *(self._parts, self.unlock_button, self.focus_button),
        )
        self._layout = laid_out(QHBoxLayout(self), *parts, margins=(14, 2, 8, 2), spacing=_GAP)
        self.show_focus(is_filled=False)
        self.show_locked(0)
        self.show_parts((), 0)

    def show_notices(self, of_page: Notices, hint: str) -> None:
        """Say what the owner of the page shown has to say, else `hint`, or also that."""
        self._of_page, self._hint = of_page, hint
        self._show()

    def show_focus(self, *, is_filled: bool) -> None:
        """Say whether one card fills the page, and offer the other."""
        self.focus_button.setText("⤢ Whole page (Esc)" if is_filled else "⤢")
        self.focus_button.setAccessibleName("Whole page" if is_filled else "One card on the whole page")
        self._fit()

    def show_locked(self, n_controls: int) -> None:
        """Say how many controls are hidden, and offer to show them."""
        self.unlock_button.setText(f"Show {counted(n_controls, 'hidden control')}")
        self.unlock_button.setAccessibleName(self.unlock_button.text())
        self.unlock_button.setVisible(n_controls > 0)
        self._fit()

    def show_parts(self, titles: tuple[str, ...], shown: int) -> None:
        """Offer parts of the page by their number keys, and all of it; none of them where there are none."""
        if titles != self._titles:
            self._titles = titles
            self._parts.clear()
            for key, title in [*enumerate(titles, start=1), (0, "All")] if titles else []:
                self._parts.add(key, f"{key} {title}", f"part_{key}_button", title, "focus")
        if titles:
            self._parts.show_value(shown)
        self._parts.setVisible(bool(titles))
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """Wide enough for the buttons: the text is cut as the line becomes narrower."""
        return QSize(self._least_width, super().minimumSizeHint().height())

    def event(self, event: QEvent) -> bool:
        is_handled = super().event(event)
        if event.type() in _ROOM_CHANGES:
            self._fit()
        return is_handled

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape puts the notice away."""
        if event.key() == Qt.Key.Key_Escape:
            self._shown.withdraw()
        else:
            super().keyPressEvent(event)

    def _show(self) -> None:
        """Show the newer notice of the two owners."""
        self._shown = max(self._of_page, self._announcements, key=lambda notices: notices.current.number)
        notice = self._shown.current
        self._text = notice.text or self._hint
        if notice.leaves_hint:
            self._text = f"{notice.text} {self._hint}".strip()
        set_role(self._label, "warning" if notice.is_warning else "muted")
        self._label.setToolTip(self._text)
        self._label.setAccessibleDescription(self._text)
        if notice.action is not None:
            self._action.setText(notice.action.label)
            self._action.setAccessibleName(notice.action.label)
        self._action.setVisible(notice.action is not None)
        self._dismiss.setVisible(bool(notice.text))
        self._fit()

    def _fit(self) -> None:
        """Give the text the room that the buttons leave, and the line the height that they would need."""
        margins = self._layout.contentsMargins()
        all_buttons = (self._action, self._dismiss, self._parts, self.unlock_button, self.focus_button)
        for button in all_buttons:
            button.ensurePolished()  # a hidden one is not, and has another height
        height = max(button.sizeHint().height() for button in all_buttons)
        self.setMinimumHeight(height + margins.top() + margins.bottom())
        buttons = [button for button in all_buttons if not button.isHidden()]
        taken = margins.left() + margins.right() + sum(_GAP + each.sizeHint().width() for each in buttons)
        room = max(_LEAST_TEXT, self.width() - taken)
        self._least_width = taken + _LEAST_TEXT
        self._label.setText(cut(self._text, self._label.fontMetrics(), room))
