"""The rows of hyperparameters: in line with each other, in their places whatever is said below them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QSlider, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import Group
from ppo_desktop.ppo.environments import Spaces
from ppo_desktop.ppo.events import MinibatchOptimized
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.rollout import Rollout
from ppo_desktop.ppo.samples import MinibatchSamples
from ppo_desktop.ppo.step_settings import step_settings
from ppo_desktop.views.hyperparameter_panel import HyperparameterPanel
from ppo_desktop.views.hyperparameter_row import HyperparameterRow
from ppo_desktop.views.theme import Theme
from tests.updates import trace_of
from tests.widgets import lay_out

SMALL_CHANGES = {"learning_rate": 1e-3, "n_epochs": 3, "clip_range": 0.3, "rollout_length": 128, "gamma": 0.9}


@pytest.fixture
def panel(qtbot: QtBot, comparisons: ComparisonSession, theme: Theme) -> Iterator[HyperparameterPanel]:
    """The panel of a session, unfolded."""
    panel = HyperparameterPanel(comparisons.session, theme)
    qtbot.addWidget(panel)
    panel.resize(320, 900)
    for button in panel.findChildren(QToolButton):
        if button.property("role") == "section":
            button.setChecked(True)
    with qtbot.waitExposed(panel):
        panel.show()
    yield panel
    panel.hide()


def is_number(row: HyperparameterRow, group: Group) -> bool:
    return row.declaration.numeric and row.declaration.group is group


def rows_of(panel: HyperparameterPanel, group: Group) -> list[HyperparameterRow]:
    return [row for row in panel.findChildren(HyperparameterRow) if is_number(row, group)]


def slider_of(row: HyperparameterRow) -> QSlider:
    slider = row.findChild(QSlider, f"{row.declaration.name}_slider")
    assert slider is not None
    return slider


@pytest.mark.parametrize("projector", [False, True])
@pytest.mark.parametrize("group", Group)
def test_sliders_of_a_group_have_one_left_edge_and_one_length(
    qtbot: QtBot, panel: HyperparameterPanel, theme: Theme, group: Group, projector: bool
) -> None:
    theme.set_projector(projector)
    panel.resize(500 if projector else 320, 900)
    sliders = [slider_of(row) for row in rows_of(panel, group)]

    def edges() -> set[tuple[int, int]]:
        lefts = (slider.mapTo(panel, QPoint()).x() for slider in sliders)
        return {(left, slider.width()) for left, slider in zip(lefts, sliders, strict=True)}

    assert sliders
    qtbot.waitUntil(lambda: len(edges()) == 1)


def test_nothing_moves_when_hints_come_and_go(
    qtbot: QtBot, panel: HyperparameterPanel, comparisons: ComparisonSession
) -> None:
    sliders = [slider for slider in panel.findChildren(QSlider) if slider.isVisible()]

    def places() -> list[QPoint]:
        lay_out()
        return [slider.mapTo(panel, QPoint()) for slider in sliders]

    before = places()
    comparisons.session.change(**SMALL_CHANGES)
    assert places() == before


def test_what_is_changed_says_its_default_and_what_is_not_does_not(
    panel: HyperparameterPanel, comparisons: ComparisonSession
) -> None:
    defaults = comparisons.session.settings.hyperparameters
    comparisons.session.change(**SMALL_CHANGES)
    for row in panel.findChildren(HyperparameterRow):
        name = row.declaration.name
        default = f"default {row.declaration.format(getattr(defaults, name))}"
        text = " ".join(label.text() for label in row.findChildren(QLabel)).replace("\u00a0", " ")
        assert (default in text) is (name in SMALL_CHANGES), name


def test_the_default_is_the_preset_that_is_nearest(
    qtbot: QtBot, panel: HyperparameterPanel, comparisons: ComparisonSession
) -> None:
    session = comparisons.session
    standard, fastest = presets_for("CartPole-v1")[0], presets_for("CartPole-v1")[1]
    assert standard.hyperparameters.n_epochs != fastest.hyperparameters.n_epochs
    session.apply_preset(fastest)

    def noted() -> set[str]:
        return {
            row.declaration.name
            for row in panel.findChildren(HyperparameterRow)
            if any("default" in label.text() for label in row.findChildren(QLabel))
        }

    assert noted() == set()
    session.change(gamma=0.9)
    assert noted() == {"gamma"}
    title = panel.findChild(QToolButton, f"{DECLARATIONS['gamma'].group.value}_section")
    title.setChecked(False)
    assert "1" in title.text()
    session.change(gae_lambda=0.5)
    panel.resize(420, 900)
    qtbot.waitUntil(lambda: "γ, λ" in title.text())
    assert "2" in title.text()
    assert "0.9 instead of 0.98" in title.toolTip()
    panel.resize(220, 900)
    qtbot.waitUntil(lambda: "γ" not in title.text())
    assert "2" in title.text()
    title.setChecked(True)
    assert "2" not in title.text(), "what is changed can be seen below"


def test_what_has_the_focus_is_marked_alike_on_sliders_and_on_titles_of_groups(
    qtbot: QtBot, panel: HyperparameterPanel, theme: Theme
) -> None:
    assert DECLARATIONS["n_epochs"].group is Group.OPTIMISATION
    slider = panel.findChild(QSlider, "n_epochs_slider")
    for widget in (slider, panel.findChild(QToolButton, "optimisation_section")):
        assert isinstance(widget, QWidget)
        assert not edge_colours(widget) & {theme.colour("accent").name()}
        panel.activateWindow()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.waitUntil(widget.hasFocus)
        assert theme.colour("accent").name() in edge_colours(widget)


def edge_colours(widget: QWidget) -> set[str]:
    """Return the colours of the topmost row of pixels of a widget."""
    image = widget.grab().toImage()
    return {QColor(image.pixel(x, 0)).name() for x in range(8, image.width() - 8)}


def hint_of(panel: HyperparameterPanel, field: str) -> str:
    row = next(row for row in panel.findChildren(HyperparameterRow) if row.declaration.name == field)
    return " ".join(label.text() for label in row.findChildren(QLabel)).replace("\u00a0", " ")


def test_what_annealing_has_left_of_alpha_and_epsilon_in_the_update_shown_is_said(
    panel: HyperparameterPanel, comparisons: ComparisonSession
) -> None:
    session = comparisons.session
    session.change(total_steps=65_536, anneal=True)
    assert "now" not in hint_of(panel, "clip_range")
    settings = step_settings(Algorithm.PPO, session.settings.hyperparameters, 1 / 16)
    size = 4
    rollout = Rollout.empty(size, 1, Spaces(n_observations=4, n_actions=2))
    zeros = np.zeros(size, np.float32)
    samples = MinibatchSamples(rollout, np.arange(size), zeros, zeros, zeros, zeros, settings.clip_range)
    session.minibatch = MinibatchOptimized(1, 1, 1, 1, trace_of(samples, settings=settings))
    session.run_changed.emit()
    assert "0.0125 now, annealed" in hint_of(panel, "clip_range")
    assert "[0.9875, 1.0125]" in hint_of(panel, "clip_range")
    assert "1.25e-4 now, annealed" in hint_of(panel, "learning_rate")
    session.change(anneal=False)
    assert "annealed" not in hint_of(panel, "clip_range") + hint_of(panel, "learning_rate")
    assert "[0.80, 1.20]" in hint_of(panel, "clip_range")


def test_in_a_lesson_the_value_before_the_change_is_marked_and_not_a_default(
    qtbot: QtBot, comparisons: ComparisonSession, theme: Theme
) -> None:
    session = comparisons.session
    before = replace(session.settings.hyperparameters, n_epochs=7)
    panel = HyperparameterPanel(session, theme, ["n_epochs"], before)
    qtbot.addWidget(panel)
    (row,) = panel.findChildren(HyperparameterRow)
    hints = [label.text() for label in row.findChildren(QLabel)]
    assert any(hint.endswith("7") for hint in hints), hints


def said_changed(panel: HyperparameterPanel) -> str:
    label = panel.findChild(QLabel, "changes_label")
    assert isinstance(label, QLabel)
    return label.text().replace("\u00a0", " ")


def test_what_is_changed_can_be_read_wherever_the_rows_are_scrolled_to(
    qtbot: QtBot, panel: HyperparameterPanel, comparisons: ComparisonSession, theme: Theme
) -> None:
    theme.set_projector(True)
    panel.resize(448, 488)
    comparisons.session.change(learning_rate=0.03, target_kl=0.01)
    label = panel.findChild(QLabel, "changes_label")
    assert isinstance(label, QLabel)
    qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()))
    assert panel.rect().contains(label.geometry())
    assert "learning rate 0.03 instead of 2.0e-3; target KL 0.01 instead of off." in said_changed(panel)


def test_all_that_says_what_is_changed_counts_the_same_as_a_change(
    panel: HyperparameterPanel, comparisons: ComparisonSession
) -> None:
    session = comparisons.session
    section = panel.findChild(QToolButton, f"{DECLARATIONS['total_steps'].group.value}_section")
    session.change(total_steps=65_536)
    assert (said_changed(panel).startswith("Nothing"), section.toolTip().count("65")) == (True, 0)
    session.change(anneal=True)
    assert "total steps 65 536 instead of no limit" in said_changed(panel)
    assert "65 536" in section.toolTip().replace("\u00a0", " ")


def test_of_many_changes_some_are_named_and_the_rest_is_counted(
    panel: HyperparameterPanel, comparisons: ComparisonSession
) -> None:
    comparisons.session.change(**SMALL_CHANGES, gae_lambda=0.5, value_coef=0.1, target_kl=0.02)
    assert "and 2 more." in said_changed(panel)
    assert "value coefficient 0.1" in panel.findChild(QLabel, "changes_label").toolTip()
