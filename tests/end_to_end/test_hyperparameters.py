"""A person moves sliders, types numbers, undoes, and makes mistakes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QPushButton,
    QSlider,
    QWidget,
)

from ppo_desktop.bridge.worker import StepKind
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import Kind
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.presets import presets_for
from tests.end_to_end.conftest import User
from tests.standing_clock import StandingClock


def drag(user: User, slider: QSlider, fraction: float) -> None:
    """Drag the handle to a fraction of the slider's width with the mouse."""
    middle = slider.height() // 2
    left = Qt.MouseButton.LeftButton
    user.qtbot.mousePress(slider, left, pos=QPoint(slider.width() // 2, middle))
    user.qtbot.mouseMove(slider, QPoint(round(fraction * slider.width()), middle))
    user.qtbot.mouseRelease(slider, left, pos=QPoint(round(fraction * slider.width()), middle))


def type_number(user: User, name: str, text: str) -> QDoubleSpinBox:
    box = user.find(QDoubleSpinBox, name)
    box.selectAll()
    user.qtbot.keyClicks(box, text)
    user.qtbot.keyClick(box, Qt.Key.Key_Return)
    return box


def test_every_number_has_a_slider_and_a_box_with_names_and_tooltips(user: User) -> None:
    for name, declaration in DECLARATIONS.items():
        if declaration.numeric:
            slider, box = user.find(QSlider, f"{name}_slider"), user.find(QDoubleSpinBox, f"{name}_number")
            for widget in (slider, box):
                assert declaration.label in widget.accessibleName()
                assert declaration.library_name in widget.toolTip()
                assert declaration.applies.label in widget.toolTip()


def test_switches_and_choices_have_controls_of_their_own(user: User) -> None:
    for name, declaration in DECLARATIONS.items():
        if declaration.kind is Kind.SWITCH:
            user.find(QCheckBox, f"{name}_switch")
        elif declaration.kind is Kind.CHOICE:
            user.find(QComboBox, f"{name}_choice")


def test_dragging_a_slider_changes_value_box_and_slider_together(user: User) -> None:
    drag(user, user.find(QSlider, "clip_range_slider"), 0.1)
    value = user.session.settings.hyperparameters.clip_range
    assert value is not None
    assert value < 0.03
    assert user.find(QDoubleSpinBox, "clip_range_number").value() == pytest.approx(value)


def test_the_far_right_of_the_clip_range_is_off(user: User) -> None:
    drag(user, user.find(QSlider, "clip_range_slider"), 1.0)
    assert user.session.settings.hyperparameters.clip_range is None
    assert user.find(QDoubleSpinBox, "clip_range_number").text() == "off"


def test_a_double_click_returns_to_the_default_exactly(user: User) -> None:
    for name in ("clip_range", "learning_rate", "gamma", "max_grad_norm", "value_coef"):
        default = getattr(user.session.settings.hyperparameters, name)
        slider = user.find(QSlider, f"{name}_slider")
        slider.setValue(slider.maximum() // 3)
        assert getattr(user.session.settings.hyperparameters, name) != default
        user.qtbot.mouseDClick(slider, Qt.MouseButton.LeftButton)
        assert getattr(user.session.settings.hyperparameters, name) == default


def test_escape_leaves_a_number_as_it_was(user: User) -> None:
    box = user.find(QDoubleSpinBox, "clip_range_number")
    box.selectAll()
    user.qtbot.keyClicks(box, "0.4")
    user.qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert box.text() == "0.20"
    assert user.session.settings.hyperparameters.clip_range == 0.2


def test_the_wheel_changes_nothing_it_happens_to_be_over(user: User) -> None:
    before = user.session.settings
    names = ("environment_combo", "preset_combo", "seed_number", "clip_range_slider", "clip_range_number")
    for widget in (user.find(QWidget, name) for name in names):
        middle = QPointF(widget.rect().center())
        turn = QWheelEvent(
            middle,
            widget.mapToGlobal(middle),
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(widget, turn)
    assert user.session.settings == before


def test_a_typed_number_is_taken_exactly(user: User) -> None:
    box = type_number(user, "learning_rate_number", "0.00123")
    assert user.session.settings.hyperparameters.learning_rate == 0.00123
    assert box.text() == "1.23e-3"


def test_what_is_not_a_value_is_refused_with_a_message_and_put_back(user: User) -> None:
    for text, expected in (("5", "0.01 to 1"), ("abc", "a number")):
        box = type_number(user, "clip_range_number", text)
        assert expected in user.message()
        assert user.session.notices.current.is_warning
        assert box.text() == "0.20"
        assert user.session.settings.hyperparameters.clip_range == 0.2


def test_more_minibatches_than_samples_are_refused_and_nothing_changes(user: User) -> None:
    user.session.change(rollout_length=1, n_envs=1)
    type_number(user, "n_minibatches_number", "7")
    assert "lower Minibatches to 1" in user.message()
    assert user.find(QDoubleSpinBox, "n_minibatches_number").text() == "1"


def test_a_change_waits_for_its_boundary_and_then_counts(user: User) -> None:
    user.session.step(StepKind.ENVIRONMENT_STEP)
    user.wait_until_at_rest()
    assert user.session.steps == 8
    user.session.change(clip_range=0.1)
    user.session.change(gamma=0.9)
    user.session.change(hidden_units=32)
    assert set(user.session.pending) == {"clip_range", "gamma", "hidden_units"}
    user.session.step(StepKind.MINIBATCH)
    user.wait_until_at_rest()
    assert user.session.minibatch is not None
    assert user.session.minibatch.samples.clip_range == 0.1
    assert set(user.session.pending) == {"gamma", "hidden_units"}
    user.session.step(StepKind.UPDATE)
    user.wait_until_at_rest()
    user.session.step(StepKind.ENVIRONMENT_STEP)
    user.wait_until_at_rest()
    assert set(user.session.pending) == {"hidden_units"}
    user.session.reset()
    user.wait_until(lambda: not user.session.pending)


def test_the_number_of_agents_follows_at_the_next_rollout(user: User) -> None:
    user.session.train()
    user.wait_for_steps(300)
    user.session.change(n_envs=3)
    user.wait_until(lambda: user.session.frame.n_agents == 3)
    user.session.change(n_envs=12)
    user.wait_until(lambda: user.session.frame.n_agents == 12)


def test_every_change_the_learner_takes_over_is_marked_on_the_curves(user: User) -> None:
    user.session.train()
    user.wait_for_steps(300)
    user.session.change(entropy_coef=0.05)
    user.wait_until(lambda: len(list(user.session.history.marks)) == 1)
    mark = next(iter(user.session.history.marks))
    assert mark.field == "entropy_coef"


def test_a_preset_leaves_one_mark_with_its_name_where_it_changes_several_values(user: User) -> None:
    def labels() -> list[str]:
        return [mark.label for mark in user.session.history.marks]

    def change_later(change: Callable[[], None]) -> None:
        """Change something so late that it is another mark."""
        user.wait_for_steps(user.session.steps * 11 // 10 + 1000)
        change()
        user.wait_until(lambda: not user.session.pending)

    demonstration, fastest = presets_for("CartPole-v1")[:2]
    user.session.train()
    user.wait_for_steps(300)
    change_later(lambda: user.session.apply_preset(fastest))
    assert labels() == [fastest.name]
    change_later(lambda: user.session.change(clip_range=0.05))
    change_later(lambda: user.session.apply_preset(fastest))  # one value differs
    assert labels() == [fastest.name, "ε 0.20→0.05", "ε 0.05→0.20"]
    user.session.undo_stack.undo()
    user.session.undo_stack.undo()
    change_later(user.session.undo_stack.undo)
    assert labels()[-1] == demonstration.name


def test_undo_and_redo_go_back_and_forth(user: User) -> None:
    user.session.change(clip_range=0.1)
    user.session.change(entropy_coef=0.01)
    user.qtbot.keyClick(user.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert user.session.settings.hyperparameters.entropy_coef == 0
    assert user.session.settings.hyperparameters.clip_range == 0.1
    user.session.undo_stack.undo()
    assert user.session.settings.hyperparameters.clip_range == 0.2
    user.session.undo_stack.redo()
    assert user.session.settings.hyperparameters.clip_range == 0.1


def test_values_that_do_not_fit_the_algorithm_just_chosen_are_undone_after_it(user: User) -> None:
    user.session.choose_algorithm(Algorithm.A2C)
    user.wait_until(lambda: user.session.run_settings.algorithm is Algorithm.A2C)
    user.session.change(n_minibatches=256)
    user.session.change(rollout_length=1)
    user.session.change(n_minibatches=1)
    user.session.choose_algorithm(Algorithm.PPO)
    user.session.undo_stack.undo()
    assert user.session.settings.algorithm is Algorithm.A2C
    assert user.session.settings.hyperparameters.n_minibatches == 1
    user.session.undo_stack.undo()
    assert user.session.settings.hyperparameters.n_minibatches == 256
    assert user.message() == ""


def test_what_changes_nothing_is_greyed_and_says_why(user: User) -> None:
    spread, clip = (user.find(QSlider, f"{name}_slider") for name in ("initial_log_std", "clip_range"))
    user.wait_until(lambda: not spread.isEnabled())
    assert "Discrete actions have no" in spread.toolTip()
    assert clip.isEnabled()
    user.session.choose_algorithm(Algorithm.A2C)
    user.wait_until(lambda: not clip.isEnabled())
    assert "A2C has no use for it" in clip.toolTip()
    user.session.choose_algorithm(Algorithm.PPO)
    user.wait_until(clip.isEnabled)
    assert "A2C" not in clip.toolTip()


def test_one_drag_is_one_undo(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ppo_desktop.bridge.changes.time", StandingClock())
    for epsilon in (0.3, 0.4, 0.5):
        user.session.change(clip_range=epsilon)
    user.session.undo_stack.undo()
    assert user.session.settings.hyperparameters.clip_range == 0.2


def test_a_preset_sets_everything_and_own_values_are_called_so(user: User) -> None:
    combo = user.find(QComboBox, "preset_combo")
    combo.setCurrentText("Fastest")
    combo.activated.emit(combo.currentIndex())
    assert user.session.settings.hyperparameters.n_epochs == 20
    assert user.session.settings.hyperparameters.anneal
    user.session.change(total_steps=50_000)
    assert combo.currentText() == "Fastest", "which has no end of its own"
    user.session.change(n_epochs=3)
    assert combo.currentIndex() == -1


def test_a2c_has_no_use_for_the_clip(user: User) -> None:
    user.qtbot.mouseClick(user.find(QPushButton, "algorithm_a2c"), Qt.MouseButton.LeftButton)
    assert user.session.settings.algorithm is Algorithm.A2C
    for name in ("clip_range_slider", "n_epochs_slider", "n_minibatches_slider"):
        assert not user.find(QSlider, name).isEnabled()
    assert user.find(QSlider, "entropy_coef_slider").isEnabled()


def test_the_epsilon_bars_in_the_picture_are_the_slider(user: User) -> None:
    view = user.find(QWidget, "clipped_objective_view")
    ratios = view.frames().curves
    start = QPoint(round(ratios.column(1.2)), view.height() // 2)
    target = QPoint(round(ratios.column(1.4)), view.height() // 2)
    user.qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    user.qtbot.mouseMove(view, target)
    user.qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=target)
    assert user.session.settings.hyperparameters.clip_range == pytest.approx(0.4, abs=0.03)


def test_keys_move_a_slider_reached_with_tab(user: User) -> None:
    slider = user.find(QSlider, "clip_range_slider")
    slider.setFocus(Qt.FocusReason.TabFocusReason)
    before = slider.value()
    user.qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert slider.value() == before + 1
    assert user.session.steps == 0


def test_a_number_that_a_search_has_found_is_not_cut_off(user: User) -> None:
    for name, text, shown in (
        ("learning_rate", "0.004432138", "4.432e-3"),
        ("entropy_coef", "0.0400760548", "0.04008"),
    ):
        box = type_number(user, f"{name}_number", text)
        line = box.findChild(QLineEdit)
        assert line is not None
        assert box.text() == shown
        assert line.fontMetrics().horizontalAdvance(shown) <= line.contentsRect().width()
