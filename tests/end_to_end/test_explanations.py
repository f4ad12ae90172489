"""F1 explains in place whatever is pointed at or has the focus."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollBar,
    QSlider,
    QToolButton,
    QWidget,
)

from ppo_desktop.bridge.session import RunState
from ppo_desktop.ppo.glossary import GLOSSARY
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.views.curve_plot import CurvePlot
from ppo_desktop.views.explanation_panel import ExplanationPanel, Subject, subject_at
from ppo_desktop.views.kit.overflow import OverflowArea
from tests.end_to_end.conftest import User
from tests.widgets import lay_out

CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QProgressBar, CurvePlot)


def panel_of(user: User) -> ExplanationPanel:
    return user.find(ExplanationPanel, "explanation_panel")


def press(user: User, key: Qt.Key) -> None:
    user.qtbot.keyClick(user.window, key)


def point_at(user: User, widget: QWidget) -> None:
    for area in user.window.findChildren(OverflowArea):
        if area.isAncestorOf(widget):
            area.scroll_to(widget)
    QCursor.setPos(widget.mapToGlobal(widget.rect().center()))


def shown_texts(user: User) -> list[str]:
    return [label.text() for label in panel_of(user).findChildren(QLabel) if label.isVisible()]


def test_every_visible_control_and_every_number_is_explained(user: User) -> None:
    for button in user.window.findChildren(QToolButton):
        if button.property("role") == "section":
            button.setChecked(True)
    controls = [
        widget
        for kind in CONTROLS
        for widget in user.window.findChildren(kind)
        if widget.isVisible() and not isinstance(widget, QScrollBar)
    ]
    named_labels = [label for label in user.window.findChildren(QLabel) if label.objectName()]
    painted = [
        user.find(QWidget, name) for name in ("clipped_objective_view", "policy_view", "environment_view")
    ]
    assert len(controls) > 60
    for widget in (*controls, *named_labels, *painted):
        subject = subject_at(widget)
        assert subject is not None, f"{widget} {widget.objectName()} is not explained"
        assert subject.key in GLOSSARY


def test_every_hyperparameter_has_its_own_explanation(user: User) -> None:
    for name in DECLARATIONS:
        controls = [
            user.window.findChild(QWidget, f"{name}_{kind}")
            for kind in ("slider", "number", "switch", "choice")
        ]
        assert {subject_at(control).key for control in controls if control} == {name}


def test_every_plot_and_each_of_its_curves_is_explained(user: User) -> None:
    for card in user.window.findChildren(CurvePlot):
        subject = subject_at(card.plot.viewport())
        assert subject is not None
        assert subject.widget is card
        for column, read_out in card.read_outs.items():
            assert subject_at(read_out) == Subject(read_out, column)


def test_f1_explains_what_has_the_focus_and_closes_again(user: User) -> None:
    slider = user.find(QSlider, "clip_range_slider")
    slider.setFocus(Qt.FocusReason.TabFocusReason)
    press(user, Qt.Key.Key_F1)
    panel = panel_of(user)
    assert panel.key == "clip_range"
    explanation = GLOSSARY["clip_range"]
    for text in (
        explanation.title,
        explanation.meaning,
        explanation.formula,
        explanation.high,
        explanation.source,
    ):
        assert text in shown_texts(user)
        assert text in panel.accessibleName() + panel.accessibleDescription()
    assert slider.hasFocus()
    press(user, Qt.Key.Key_F1)
    assert panel.isHidden()


def test_moving_the_focus_and_asking_again_explains_the_other(user: User) -> None:
    user.find(QSlider, "clip_range_slider").setFocus(Qt.FocusReason.TabFocusReason)
    press(user, Qt.Key.Key_F1)
    user.find(QSlider, "n_epochs_slider").setFocus(Qt.FocusReason.TabFocusReason)
    assert panel_of(user).key == "clip_range"
    press(user, Qt.Key.Key_Question)
    assert panel_of(user).key == "n_epochs"


def test_what_the_mouse_has_moved_to_wins_over_the_focus(user: User) -> None:
    user.find(QSlider, "clip_range_slider").setFocus(Qt.FocusReason.TabFocusReason)
    point_at(user, user.find(QWidget, "approx_kl_plot"))
    press(user, Qt.Key.Key_F1)
    assert panel_of(user).key == "approx_kl"
    user.find(QSlider, "entropy_coef_slider").setFocus(Qt.FocusReason.TabFocusReason)
    press(user, Qt.Key.Key_F1)
    assert panel_of(user).key == "entropy_coef"


def test_the_numbers_of_the_policy_view_are_explained_one_by_one(user: User) -> None:
    view = user.find(QWidget, "policy_view")
    lay_out()
    user.wait_until(lambda: len(view._cells) == 3)
    keys = []
    for cell, _ in view._cells:
        QCursor.setPos(view.mapToGlobal(cell.center().toPoint()))
        press(user, Qt.Key.Key_F1)
        keys.append(panel_of(user).key)
    assert keys == ["episode_return", "value", "state_entropy"]
    QCursor.setPos(view.mapToGlobal(QPoint(view.width() - 10, view.height() // 2)))
    press(user, Qt.Key.Key_F1)
    assert panel_of(user).key == "policy"


def test_where_nothing_is_meant_the_page_is_explained(user: User) -> None:
    QCursor.setPos(user.window.mapToGlobal(QPoint(-50, -50)))
    press(user, Qt.Key.Key_F1)
    assert panel_of(user).key == "train_page"


def test_escape_and_the_close_button_close_it(user: User) -> None:
    panel = panel_of(user)
    for close in (
        lambda: press(user, Qt.Key.Key_Escape),
        lambda: user.find(QPushButton, "explanation_close").click(),
    ):
        panel.explain_whole()
        assert panel.isVisible()
        close()
        assert panel.isHidden()


def test_without_an_explanation_escape_still_belongs_to_the_number_box(user: User) -> None:
    box = user.find(QDoubleSpinBox, "clip_range_number")
    box.setFocus()
    box.selectAll()
    user.qtbot.keyClicks(box, "0.4")
    user.qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert box.text() == "0.20"


def test_training_goes_on_and_can_be_steered_while_it_is_read(user: User) -> None:
    panel_of(user).explain_whole()
    press(user, Qt.Key.Key_Space)
    user.wait_for_steps(300)
    assert user.session.state is RunState.RUNNING
    assert panel_of(user).isVisible()


def test_every_explanation_fits_a_small_window_and_is_whole(user: User) -> None:
    user.window.resize(1280, 720)
    panel = panel_of(user)
    anchor = user.find(QWidget, "clip_range_slider")
    for projector in (True, False):
        user.window._theme.set_projector(projector)
        for key in GLOSSARY:
            panel.explain(Subject(anchor, key))
            assert user.window.rect().contains(panel.geometry())
            for label in panel.findChildren(QLabel):
                assert label.isHidden() or label.heightForWidth(label.width()) <= label.height() + 1
