"""Uses the real window as people do; run by the interpreter of an installation, not by the one that builds.

Every line it writes is one check as JSON: `{"what": …, "ok": …, "detail": …}`.
"""

from __future__ import annotations

import json
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import (
    QAbstractSlider,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from ppo_desktop.app import create_window
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.session import RunState
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.user_files import settle_home
from ppo_desktop.views.main_window import MainWindow

PATIENCE = 600.0
"""Seconds after which nobody would wait any longer, even on a machine that does much else."""
Widget = TypeVar("Widget", bound=QWidget)


class Impatient(Exception):
    """Something did not happen; the message says what."""


class User:
    """Presses what is in the window, and waits for what is to be seen there."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window

    def find(self, kind: type[Widget], name: str) -> Widget:
        """Return the widget of that name."""
        widget = self.window.findChild(kind, name)
        if widget is None:
            raise Impatient(f"there is no {name}")
        return widget

    def has_verdict(self) -> bool:
        """Whether what Compare says is of all runs of the comparison."""
        digest = self.window.comparisons.digest
        return digest is not None and digest.is_final and bool(self.text("verdict_label"))

    def press(self, name: str) -> None:
        """Press a button as soon as it can be pressed."""
        button = self.find(QPushButton, name)
        self.wait(lambda: button.isVisible() and button.isEnabled(), f"{name} to be there")
        button.click()

    def text(self, name: str) -> str:
        """Return what a label says."""
        return self.find(QLabel, name).text()

    def write(self, line: QLineEdit, text: str) -> None:
        """Write into a line and leave it."""
        line.setText(text)
        line.setModified(True)
        line.editingFinished.emit()

    def set_number(self, name: str, value: int) -> None:
        """Write a number into a box."""
        self.find(QSpinBox, name).setValue(value)

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Let the window live until the condition holds."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise Impatient(f"waited in vain for {what}")
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
            time.sleep(0.005)

    def steps(self) -> int:
        """Return how many steps have been learnt from."""
        return int(re.sub(r"\D", "", self.text("steps_label")) or 0)


@contextmanager
def check(what: str) -> Iterator[list[str]]:
    """Say whether the block did what it should; add to the list what is worth telling."""
    details: list[str] = []
    ok = True
    try:
        yield details
    except Exception as error:
        ok = False
        details += [str(error) or type(error).__name__]
        if not isinstance(error, Impatient):
            traceback.print_exc()
    print(json.dumps({"what": what, "ok": ok, "detail": ", ".join(details)}), flush=True)


def train(user: User) -> None:
    """Train, and change ε meanwhile."""
    with check("Train learns on the fast engine, the kernels being there at the first start") as details:
        user.wait(lambda: user.find(QPushButton, "train_button").isEnabled(), "the learner")
        user.wait(lambda: bool(user.text("engine_label")), "the engine")
        details.append(user.text("engine_label"))
        user.press("train_button")
        user.wait(lambda: user.steps() > 20_000, "20 000 steps")
        if user.window.session.engine != COMPILED:
            raise Impatient("this is not the fast engine")
        details.append(user.text("rate_label"))
    with check("ε follows its slider while it learns") as details:
        slider, number = (
            user.find(QAbstractSlider, "clip_range_slider"),
            user.find(QWidget, "clip_range_number"),
        )
        before, shown = user.steps(), number.property("value")
        slider.setValue(slider.value() + (slider.maximum() - slider.minimum()) // 4)
        user.wait(lambda: number.property("value") != shown, "the number")
        details.append(f"from {shown:g} to {number.property('value'):g}")
        user.wait(lambda: user.steps() > before + 5_000, "5 000 steps more")
    with check("Pause stops it"):
        user.press("train_button")
        rests = (RunState.PAUSED, RunState.FINISHED)
        user.wait(lambda: user.window.session.state in rests, "the pause")


def compare(user: User) -> None:
    """Compare two values of ε."""
    with check("Compare compares") as details:
        user.press("compare_tab")
        user.write(user.find(QLineEdit, "values_line"), "0.1 0.3")
        user.set_number("compare_seeds", 2)
        user.set_number("compare_steps", 5_000)
        user.press("compare_button")
        comparisons = user.window.comparisons
        user.wait(lambda: comparisons.state is JobState.COMPLETE, "the end of the comparison")
        user.wait(user.has_verdict, "the verdict on all runs")
        details.append(user.text("verdict_label"))


def tune(user: User) -> None:
    """Search for a good ε."""
    with check("Tune searches") as details:
        user.press("tune_tab")
        if not user.find(QCheckBox, "clip_range_tick").isChecked():
            user.find(QCheckBox, "clip_range_tick").click()
        user.set_number("tune_steps", 5_000)
        user.set_number("tune_seeds", 1)
        trials = user.find(QComboBox, "trials_combo").findChild(QLineEdit)
        assert trials is not None
        user.write(trials, "3")
        user.press("tune_button")
        search = user.window.tune
        user.wait(lambda: search.state is JobState.RESTING and search.n_done == 3, "three trials")
        details.append(user.text("best_label"))


def main() -> int:
    """Open the window, use each page and close it; a picture goes into the file that is named."""
    settle_home()
    application = QApplication(sys.argv[:1])
    with check("the window is built and shown"):
        window = create_window()
        user = User(window)
        window.show()
        user.wait(window.isVisible, "the window")
    train(user)
    compare(user)
    tune(user)
    with check("a picture of the window is taken") as details:
        picture = window.grab()
        details.append(f"{picture.width()} × {picture.height()}")
        if len(sys.argv) > 1 and not picture.save(sys.argv[1]):
            raise Impatient(f"{sys.argv[1]} cannot be written")
    with check("closing ends everything"):
        window.close()
        user.wait(lambda: not window.isVisible(), "the window to close")
        application.processEvents()
    return 0


if __name__ == "__main__":
    sys.exit(main())
