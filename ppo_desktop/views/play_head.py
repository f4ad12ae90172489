"""The play head: which moment of the run is shown, how to get to another one, and how to go on from there."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from ppo_desktop.bridge.session import Session
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.runs.marks import change_label
from ppo_desktop.views.controls import explained, menu_button, named, push_button, refresh_at
from ppo_desktop.views.kit.bar import WrappingBar
from ppo_desktop.views.kit.footer import StatusLabel
from ppo_desktop.views.kit.sliders import ConceptSlider
from ppo_desktop.views.recent_runs import RecentRunsMenu
from ppo_desktop.views.theme import Theme

NOTHING_YET = "Once it has learnt, drag this to go back."
NEVER_KEPT = "This run cannot be kept: there is nothing to go back to."
NOT_KEPT, KEPT_UNTIL = "not kept", "kept until update"
NOTHING_CHANGED = "No value is changed yet: the branch would do what the run did, without its later changes."
_REPLAY, _STOP = "▶ Replay", "■ Stop"
_LEAST_WIDTH = 120
_MOST_NAMED = 2
"""Changed values that are named on the button; of more it says how many."""


class TimelineSlider(ConceptSlider):
    """Stops at every update of a run; arrow keys move it also after it was dragged."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "", range(1))
        named(self, "timeline_slider", "Play head: update that is shown", "timeline")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = self.sizePolicy()
        policy.setHorizontalStretch(1)
        self.setSizePolicy(policy)
        self.setMinimumWidth(_LEAST_WIDTH)

    def show_update(self, update: int, last: int) -> None:
        """Show an update of so many without a signal; what is being dragged stays where it is."""
        if last != self.maximum():
            self.set_stops(range(last + 1))
            self.setPageStep(10)
        if not self.isSliderDown():
            self.show_value(update)


class PlayHead(WrappingBar):
    """Recent runs, Replay, slider, moment shown; and, at an earlier one, what can be done from there.

    Args:
        session: The run.
        theme: Fonts and colours.
        tools: What else can be done from the moment that is shown.
        has_recent: Whether runs of the library can be opened beside it.

    Attributes:
        recent: What opens runs of the library.
    """

    def __init__(self, session: Session, theme: Theme, *tools: QWidget, has_recent: bool = True) -> None:
        super().__init__()
        self._session = session
        self.setContentsMargins(14, 3, 14, 0)
        self._slider = TimelineSlider(theme)
        self._slider.chosen.connect(session.show_update)
        self._replay = push_button(_REPLAY, "replay_button", "replay", self._play, role="flat")
        self._replay.setCheckable(True)
        self._place = StatusLabel(
            "timeline_label",
            "Moment shown",
            "timeline",
            self._written_place,
            _written(10_000, 10_000, 10**6),
            note=self._of_which_update,
        )
        self._continue = push_button(
            "Continue from here",
            "continue_here_button",
            "continue_here",
            session.continue_here,
            role="action",
        )
        policy = self._continue.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # else the slider would change under the mouse that drags it
        self._continue.setSizePolicy(policy)
        self.recent = self._recent() if has_recent else ()
        self.set_groups((*self.recent, self._replay, self._slider, self._place), (self._continue, *tools))
        refresh_at(
            self.refresh,
            session.update_shown,
            session.state_changed,
            session.settings_changed,
            session.run_changed,
        )

    def _recent(self) -> tuple[QWidget, ...]:
        menu = RecentRunsMenu(self._session, self)
        return (menu_button("Recent ▾", "recent_runs_button", "Recent runs", "recent_runs", menu),)

    def refresh(self) -> None:
        """Show the present state; called a few times a second while the run goes on."""
        session = self._session
        self._slider.show_update(session.asked_update, session.last_update)
        for control in (self._slider, self._replay):
            control.setEnabled(self._is_kept)
        self._replay.setChecked(session.is_replaying)
        self._replay.setText(_STOP if session.is_replaying else _REPLAY)
        self._place.refresh()
        self._continue.setVisible(not session.is_at_end)
        changed = [change_label(name, *values) for name, values in session.changes_here.items()]
        self._continue.setText(_continued(changed))
        explained(self._continue, "continue_here", "\n".join(changed) or NOTHING_CHANGED)

    def _play(self) -> None:
        """Replay from where the play head stands, at the end from the beginning; or stop that."""
        if self._session.is_replaying:
            self._session.pause()
        else:
            asked = self._session.asked_update
            self._session.replay(asked if asked < self._session.last_update else 0)
        self.refresh()

    def take_focus(self) -> None:
        """Have the arrow keys move the play head."""
        self._slider.setFocus()

    def _written_place(self) -> str:
        session = self._session
        if not session.last_update:
            return NOTHING_YET if session.can_keep or self._is_kept else NEVER_KEPT
        if session.awaited_update is not None:
            return f"going to update {grouped(session.awaited_update)} of {grouped(session.last_update)} …"
        if session.is_within_update:
            written = f"within update {grouped(session.shown_update + 1)} · step {grouped(session.steps)}"
        else:
            written = _written(session.shown_update, session.last_update, session.steps)
        if session.kept_until is not None and session.kept_until < session.last_update and self._is_kept:
            return f"{written} · {KEPT_UNTIL} {grouped(session.kept_until)}"
        return written if self._is_kept else f"{written} · {NOT_KEPT}"

    def _of_which_update(self) -> str:
        """Return, within an update, of which one the curves are; in the label it would move the slider."""
        if not self._session.is_within_update or not self._session.shown_update:
            return ""
        return f"Curves and their numbers are of update {grouped(self._session.shown_update)}."

    @property
    def _is_kept(self) -> bool:
        """Whether there are moments to go to; a branch that has not yet learnt has those of its parent."""
        session, parent = self._session, self._session.opened.parent
        is_new_branch = parent is not None and parent.update == session.last_update
        return bool(session.kept_run) or is_new_branch


def _written(update: int, last: int, steps: int) -> str:
    return f"update {grouped(update)} of {grouped(last)} · step {grouped(steps)}"


def _continued(changed: list[str]) -> str:
    """Return what is on the button: what differs from the run that it leaves."""
    match changed:
        case []:
            return "Continue from here"
        case _ if len(changed) <= _MOST_NAMED:
            return f"Continue from here: {', '.join(changed)}"
        case _:
            return f"Continue from here: {len(changed)} values changed"
