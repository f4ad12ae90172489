"""The menu in which a teacher chooses which controls are hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from functools import partial

from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QMenu, QWidget

from ppo_desktop.ppo.declaration import Group
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.views.kit.lock import ControlLock

_PLACES: Mapping[str, Mapping[str, str]] = {
    "Above": {
        "environment_combo": "Environment",
        "algorithm": "Algorithm",
        "preset_combo": "Preset",
        "step_button": "Step",
        "step_kind": "Kind of step",
        "reset_button": "Reset",
        "new_seed_button": "New seed",
        "speed_slider": "Speed",
    },
    "Cards": {
        "hyperparameters": "Hyperparameters",
        "environment": "Environment",
        "update": "Inside the update",
        "return": "Return",
        "policy_entropy": "Entropy",
        "clip_fraction": "Clipped ratios",
        "approx_kl": "Approximate KL",
        "explained_variance": "Explained variance",
        "value_loss": "Value loss",
        "gradient_norm": "Gradient norm",
    },
    "Below": {
        "recent_runs_button": "Recent runs",
        "replay_button": "Replay",
        "timeline_slider": "Play head",
        "luck_or_fate_button": "Luck or fate?",
        "train_export_button": "Export",
        "symptom_label": "Symptoms",
        "breakpoint_button": "Pause when",
        "seed_number": "Seed",
    },
    "Pages": {
        "compare_tab": "Compare",
        "tune_tab": "Tune",
        "maps_tab": "Maps",
        "runs_tab": "Runs",
        "lessons_tab": "Lessons",
    },
}
"""{where on Train: {name of a control: what it is called}}, beside the hyperparameters."""


class LockMenu(QMenu):
    """All that can be hidden, ticked where it is shown; it stays open while one chooses."""

    def __init__(self, parent: QWidget, lock: ControlLock) -> None:
        super().__init__("Controls shown", parent)
        self.setObjectName("lock_menu")
        self._lock = lock
        self._actions: dict[str, QAction] = {}
        self._groups: dict[QAction, frozenset[str]] = {}
        self._everything = self.addAction("Show everything", lock.unlock)
        for group in Group:
            names = {
                name: f"{one.label} {one.symbol}".rstrip()
                for name, one in DECLARATIONS.items()
                if one.group is group
            }
            self._add(f"Hyperparameters: {group.label}", names)
        for place, labels in _PLACES.items():
            self._add(place, labels)
        lock.changed.connect(self._show)
        self._show()

    def names(self) -> Iterator[str]:
        """Return the names of all that can be hidden here."""
        return iter(self._actions)

    def _add(self, title: str, names: Mapping[str, str]) -> None:
        menu = _StayingMenu(title, self)
        self.addMenu(menu)
        together = menu.addAction("", partial(self._toggle_all, frozenset(names)))
        self._groups[together] = frozenset(names)
        menu.addSeparator()
        for name, label in names.items():
            action = self._actions[name] = menu.addAction(label)
            action.setCheckable(True)
            action.triggered.connect(partial(self._lock.toggle, name))

    def _toggle_all(self, names: Set[str]) -> None:
        """Hide all of these, or show them all where none is shown."""
        locked = frozenset(self._lock.names)
        self._lock.lock(locked - names if locked >= names else locked | names)

    def _show(self) -> None:
        locked = self._lock.names
        for together, names in self._groups.items():
            together.setText("Show all of these" if names <= {*locked} else "Hide all of these")
        self._everything.setEnabled(bool(locked))
        for name, action in self._actions.items():
            action.setChecked(name not in locked)


class _StayingMenu(QMenu):
    """Stays open when one of its actions is clicked."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.actionAt(event.position().toPoint())  # None beside all of them
        if action in self.actions() and action is self.activeAction() and action.isEnabled():
            action.trigger()
        else:
            super().mouseReleaseEvent(event)
