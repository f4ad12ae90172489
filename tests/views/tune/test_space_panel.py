"""The left column sets up what is searched; while a study is shown it cannot be changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import Group
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, TRAINING_FIELDS
from ppo_desktop.study.place import LONGEST_NAME
from ppo_desktop.study.study_plan import Objective
from ppo_desktop.views.kit.bar import take_what_is_typed
from ppo_desktop.views.kit.fields import StepsBox
from ppo_desktop.views.kit.sliders import RangeSlider
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.dimension_row import DimensionRow
from ppo_desktop.views.tune.objective_card import ObjectiveCard
from ppo_desktop.views.tune.space_panel import SpacePanel
from ppo_desktop.views.tune.wording import objective_sentence
from tests.widgets import find, write

Widget = TypeVar("Widget", bound=QWidget)


@pytest.fixture
def panel(qtbot: QtBot, tune: TuneSession, theme: Theme) -> SpacePanel:
    panel = SpacePanel(tune, theme)
    qtbot.addWidget(panel)
    panel.resize(360, 900)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


@pytest.fixture
def card(qtbot: QtBot, tune: TuneSession) -> ObjectiveCard:
    card = ObjectiveCard(tune.drafting, tune.notices)
    qtbot.addWidget(card)
    return card


def slider_of(panel: SpacePanel, field: str) -> RangeSlider:
    sliders = panel.findChildren(RangeSlider)
    return next(slider for slider in sliders if slider.handles[0].objectName() == f"{field}_range_low")


def lock(tune: TuneSession) -> None:
    """Show a study, as far as setting up is concerned."""
    plan = tune.drafting.plan
    assert plan is not None
    tune.drafting.lock("the one shown", plan, tune.drafting.strategy)


def test_everything_that_can_be_searched_has_a_row_in_the_order_of_train(panel: SpacePanel) -> None:
    rows = [row.declaration for row in panel.findChildren(DimensionRow)]
    assert [row.name for row in rows] == [
        name for group in Group for name in TRAINING_FIELDS if DECLARATIONS[name].group is group
    ]


def test_ticking_a_row_searches_its_hyperparameter(panel: SpacePanel, tune: TuneSession) -> None:
    box = find(panel, QCheckBox, "gamma_tick")
    assert not box.isChecked()
    box.click()
    assert "gamma" in tune.drafting.draft.ticked
    box.click()
    assert "gamma" not in tune.drafting.draft.ticked


def test_a_click_on_a_title_ticks_its_row(qtbot: QtBot, panel: SpacePanel, tune: TuneSession) -> None:
    row = next(row for row in panel.findChildren(DimensionRow) if row.declaration.name == "n_epochs")
    title = next(label for label in row.findChildren(QLabel) if "Epochs" in label.text())
    qtbot.mouseClick(title, Qt.MouseButton.LeftButton)
    assert "n_epochs" in tune.drafting.draft.ticked


def test_a_range_is_set_by_its_text_and_its_handles(
    qtbot: QtBot, panel: SpacePanel, tune: TuneSession
) -> None:
    write(qtbot, find(panel, QDoubleSpinBox, "clip_range_high"), "0.3")
    assert tune.drafting.draft.dimension("clip_range").high == 0.3
    slider = slider_of(panel, "clip_range")
    qtbot.keyClick(slider.handles[0], Qt.Key.Key_Home)
    assert tune.drafting.draft.dimension("clip_range").low == 0.01
    assert find(panel, QDoubleSpinBox, "clip_range_low").text() == "0.01"


@pytest.mark.parametrize("text", ["0.01", "7", "nonsense"])
def test_a_range_that_cannot_be_is_one_line_and_the_old_one_stays(
    qtbot: QtBot, panel: SpacePanel, tune: TuneSession, text: str
) -> None:
    line = find(panel, QDoubleSpinBox, "clip_range_high")
    write(qtbot, line, text)
    message = tune.notices.current
    assert message.is_warning
    assert "Clip range" in message.text
    assert "\n" not in message.text
    assert tune.drafting.draft.dimension("clip_range").high == 0.5
    assert line.text() == "0.50"


def test_a_double_click_on_a_slider_brings_the_usual_range_back(
    qtbot: QtBot, panel: SpacePanel, tune: TuneSession
) -> None:
    tune.drafting.set_range("clip_range", 0.1, 0.2)
    slider = slider_of(panel, "clip_range")
    qtbot.mouseDClick(slider, Qt.MouseButton.LeftButton)
    dimension = tune.drafting.draft.dimension("clip_range")
    assert (dimension.low, dimension.high) == DECLARATIONS["clip_range"].search


def test_a_range_that_is_not_ticked_is_shown_and_not_to_be_changed(panel: SpacePanel) -> None:
    line = find(panel, QDoubleSpinBox, "n_epochs_low")
    assert line.isVisible()
    assert line.text() == "1"
    assert not line.isEnabled()


def test_points_of_a_grid_are_asked_for_only_by_the_grid(panel: SpacePanel, tune: TuneSession) -> None:
    points = find(panel, QSpinBox, "clip_range_points")
    assert not points.isVisible()
    tune.drafting.choose_sampler("grid")
    assert points.isVisible()
    assert not find(panel, QSpinBox, "n_epochs_points").isVisible()
    assert find(panel, QLabel, "combinations_label").text() == "625 combinations"
    points.setValue(3)
    assert tune.drafting.draft.dimension("clip_range").points == 3
    assert find(panel, QLabel, "combinations_label").text() == "375 combinations"


def test_what_a2c_has_no_use_for_cannot_be_ticked(panel: SpacePanel, tune: TuneSession) -> None:
    tune.session.settings = replace(tune.session.settings, algorithm=Algorithm.A2C)
    tune.session.settings_changed.emit()
    assert not find(panel, QCheckBox, "clip_range_tick").isEnabled()
    assert find(panel, QCheckBox, "learning_rate_tick").isEnabled()
    row = next(row for row in panel.findChildren(DimensionRow) if row.declaration.name == "clip_range")
    assert "A2C has no use for it" in row.toolTip()


def row_of(panel: SpacePanel, field: str) -> DimensionRow:
    return next(row for row in panel.findChildren(DimensionRow) if row.declaration.name == field)


def test_the_spread_of_actions_is_searched_only_where_there_is_one(
    panel: SpacePanel, tune: TuneSession
) -> None:
    box = find(panel, QCheckBox, "initial_log_std_tick")
    assert not box.isEnabled()
    assert "Discrete actions" in row_of(panel, "initial_log_std").toolTip()
    tune.drafting.choose_environment("Pendulum-v1")
    assert box.isEnabled()


@pytest.mark.parametrize(
    ("field", "value", "tick"),
    [("entropy_coef", 0.0, None), ("entropy_coef", 0.01, 0.01), ("initial_log_std", 0.0, 0.0)],
)
def test_the_tick_is_told_of_where_there_is_one(
    panel: SpacePanel, tune: TuneSession, field: str, value: float, tick: float | None
) -> None:
    settings = tune.session.settings
    tune.session.settings = replace(
        settings,
        environment_id="Pendulum-v1",
        hyperparameters=settings.hyperparameters.changed({field: value}),
    )
    tune.session.settings_changed.emit()
    assert slider_of(panel, field)._tick == tick
    assert ("tick below the line" in row_of(panel, field).toolTip()) is (tick is not None)


def test_what_is_searched_tells_the_value_it_would_have_otherwise(panel: SpacePanel) -> None:
    assert "Searched. Without the search it is 0.20" in row_of(panel, "clip_range").toolTip()


def test_a_name_is_as_long_as_names_may_be(panel: SpacePanel) -> None:
    assert find(panel, QLineEdit, "study_name").maxLength() == LONGEST_NAME


def test_the_name_can_be_chosen(qtbot: QtBot, panel: SpacePanel, tune: TuneSession) -> None:
    write(qtbot, find(panel, QLineEdit, "study_name"), "my study")
    assert tune.drafting.name == "my study"


def test_what_is_typed_counts_without_enter(qtbot: QtBot, panel: SpacePanel, tune: TuneSession) -> None:
    line = find(panel, QDoubleSpinBox, "clip_range_high")
    line.selectAll()
    qtbot.keyClicks(line, "0.4")
    take_what_is_typed(panel)
    assert tune.drafting.draft.dimension("clip_range").high == 0.4


def test_while_a_study_is_shown_its_space_is_locked_and_says_why(
    panel: SpacePanel, card: ObjectiveCard, tune: TuneSession
) -> None:
    assert not find(panel, QPushButton, "new_study_button").isVisible()
    lock(tune)
    for kind, name in (
        (QCheckBox, "clip_range_tick"),
        (QDoubleSpinBox, "clip_range_low"),
        (QLineEdit, "study_name"),
        (QComboBox, "tune_environment_combo"),
    ):
        assert not find(panel, kind, name).isEnabled(), name  # type: ignore[type-abstract]
    assert not find(card, StepsBox, "tune_steps").isEnabled()
    assert any("A study keeps its space" in label.text() for label in panel.findChildren(QLabel))
    assert find(panel, QPushButton, "new_study_button").isVisible()


def test_new_study_unlocks(panel: SpacePanel, tune: TuneSession) -> None:
    lock(tune)
    find(panel, QPushButton, "new_study_button").click()
    assert find(panel, QCheckBox, "clip_range_tick").isEnabled()


# ---- the objective


def test_the_objective_is_chosen_and_said_in_full(card: ObjectiveCard, tune: TuneSession) -> None:
    find(card, StepsBox, "tune_steps").setValue(20_000)
    find(card, QSpinBox, "tune_seeds").setValue(3)
    assert (tune.drafting.draft.total_steps, tune.drafting.draft.n_seeds) == (20_000, 3)
    assert find(card, QLabel, "objective_label").text() == (
        "Maximised: the mean return of 20 episodes of the deterministic policy after 20 000 steps, mean "
        "over seeds 1 to 3."
    )
    combo = find(card, QComboBox, "objective_combo")
    combo.setCurrentIndex(1)
    combo.activated.emit(1)
    assert tune.drafting.draft.objective is Objective.LEARNING_CURVE
    assert "area under the learning curve" in find(card, QLabel, "objective_label").text()


@pytest.mark.parametrize(
    ("n_seeds", "words"), [(1, "seed 1 only."), (2, "over seeds 1 and 2."), (5, "over seeds 1 to 5.")]
)
def test_the_sentence_says_which_seeds(n_seeds: int, words: str) -> None:
    assert objective_sentence(Objective.EVALUATION, 1_000, n_seeds).endswith(words)
