"""The window fits every screen: nothing makes it larger, and what does not fit is scrolled to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QSpinBox, QWidget

from ppo_desktop.views.kit.bar import WrappingBar
from ppo_desktop.views.kit.overflow import OverflowArea
from ppo_desktop.views.theme import Theme
from tests.end_to_end.conftest import User
from tests.widgets import lay_out

SCREENS = ((1024, 640), (1280, 720), (1600, 1000))
DPI_150 = 150 / 96
SCALES_OF_FONTS = {1.0: (1.0, 2.0), DPI_150: (1.0,)}
"""{factor of the fonts: factors of everything}: as they are and at 200 %, at 150 dpi."""
FRAME = 24
"""Height of a title bar, pixels."""
IMPORTANT = (
    (
        "train_button",
        "message_label",
        "clip_range_slider",
        "entropy_coef_slider",
        "rollout_length_slider",
        "environment_view",
        "return_plot",
        "clip_fraction_plot",
        "phase_label",
        "menu_button",
    ),
    (
        "compare_button",
        "message_label",
        "stage_view_1",
        "comparison_return_plot",
        "effect_plot",
        "export_button",
    ),
    ("tune_button", "message_label", "clip_range_tick", "objective_combo", "tune_export_button", "train_tab"),
)
"""What has to be reached on each page."""


@pytest.fixture
def fonts(monkeypatch: pytest.MonkeyPatch, user: User) -> Iterator[dict[str, float]]:
    """A factor by which the system's fonts are larger."""
    factor = {"fonts": 1.0}
    base_size = Theme.base_size.fget
    assert base_size is not None
    monkeypatch.setattr(Theme, "base_size", property(lambda theme: factor["fonts"] * base_size(theme)))
    yield factor
    factor["fonts"] = 1.0
    user.window._theme.set_projector(False)


def scroll_to(widget: QWidget) -> QRect:
    """Scroll all there is around `widget` to it; return what of it can be seen."""
    around = widget.parentWidget()
    while around is not None:
        if isinstance(around, OverflowArea):
            around.scroll_to(widget)
        around = around.parentWidget()
    return seen_part(widget)


def seen_part(widget: QWidget) -> QRect:
    """Return what of a widget no ancestor cuts off."""
    seen, around = QRect(QPoint(), widget.size()), widget
    while not around.isWindow():
        seen = seen.translated(around.pos())
        around = around.parentWidget()
        seen = seen.intersected(around.rect())
    return seen if widget.isVisible() else QRect()


@pytest.mark.parametrize("projector", [False, True])
def test_every_page_fits_every_screen_and_all_that_matters_can_be_reached(
    user: User, fonts: dict[str, float], projector: bool
) -> None:
    window = user.window
    for font, scales in SCALES_OF_FONTS.items():
        fonts["fonts"] = font
        window._theme.set_projector(projector)
        for page, scale, (width, height) in product(range(3), scales, SCREENS):
            window.show_page(window.pages[page])
            window.page.card_focus.leave()  # a projector begins with less
            where = f"page {page}, {width}×{height}, fonts ×{font:.2f}, all ×{scale}"
            size = QSize(int(width / scale), int(height / scale) - FRAME)
            window.resize(size)
            lay_out()
            least = window.minimumSizeHint()
            assert least.width() <= size.width(), where
            assert least.height() <= size.height(), where
            assert window.size() == size, where
            for name in IMPORTANT[page]:
                widget = user.find(QWidget, name)
                seen = scroll_to(widget)
                assert seen.width() >= min(widget.width(), 60), f"{name}: {where}"
                assert seen.height() >= min(widget.height(), 20), f"{name}: {where}"
            assert not list(squeezed(user.window)), where


def squeezed(window: QWidget) -> Iterator[str]:
    """Return the controls of bars in which something is cut."""
    for bar in window.findChildren(WrappingBar):
        for control in bar.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            is_control = isinstance(control, QAbstractButton | QComboBox | QSpinBox)
            if is_control and control.isVisible() and control.width() < control.minimumSizeHint().width():
                yield control.objectName()


def test_on_a_screen_of_a_laptop_the_columns_stand_side_by_side(user: User) -> None:
    user.window.resize(1024, 640 - FRAME)
    lay_out()
    assert [columns.is_stacked for columns in user.window.train_page.columns] == [False, False]


def test_columns_take_their_former_widths_when_there_is_room_again(user: User) -> None:
    window, (_, pictures) = user.window, user.window.train_page.columns
    window.resize(1600, 900)
    lay_out()
    pictures.setSizes([700, pictures.width() - 708])
    before = pictures.sizes()
    for width, is_stacked in ((800, True), (1600, False)):
        window.resize(width, 900)
        lay_out()
        assert pictures.is_stacked is is_stacked
    assert pictures.sizes() == before


def test_what_is_reached_with_tab_is_scrolled_to(user: User) -> None:
    user.wait_until_ready()
    user.window.resize(800, 400)
    lay_out()
    button = user.find(QWidget, "entropy_coef_slider")
    slider = user.find(QWidget, "max_grad_norm_slider")
    scroll_to(button)

    def is_seen_when_reached(widget: QWidget) -> bool:
        """Reach it, again where the window was laid out anew since."""
        widget.clearFocus()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        return seen_part(widget).size() == widget.size()

    for widget in (slider, user.find(QWidget, "pin_button"), button):
        user.wait_until(partial(is_seen_when_reached, widget))


def test_on_a_smaller_screen_the_window_becomes_smaller(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    user.window.showNormal()
    user.window.resize(1600, 1000)
    monkeypatch.setattr(QScreen, "availableGeometry", lambda _screen: QRect(QPoint(), QSize(1024, 640)))
    user.window.windowHandle().screenChanged.emit(user.window.screen())
    size = user.window.frameGeometry().size()
    assert size.width() <= 1024
    assert size.height() <= 640


def test_which_agent_is_shown_is_read_whole_in_a_small_window(user: User) -> None:
    user.window.resize(1024, 640)
    lay_out()
    agents = user.find(QComboBox, "agent_combo")
    assert agents.width() >= agents.sizeHint().width()


def test_the_bar_of_train_is_one_row_beside_the_tabs_on_the_screen_of_a_laptop(user: User) -> None:
    user.window.resize(1280, 720 - FRAME)
    lay_out()

    def middle(control: QWidget) -> int:
        return control.mapTo(user.window, control.rect().center()).y()

    names = ("train_tab", "environment_combo", "preset_combo", "train_button", "speed_slider", "menu_button")
    rows = [middle(user.find(QWidget, name)) for name in names]
    assert max(rows) - min(rows) < user.find(QWidget, "train_button").height() / 2


def test_on_a_projector_curves_stand_beside_the_environment(user: User) -> None:
    user.window.resize(1280, 720)
    user.session.train()
    user.wait_until(lambda: user.session.history.updates >= 3)
    user.session.pause()
    user.wait_until_at_rest()
    user.window._theme.set_projector(True)
    user.window.page.show_part_number(1)
    environment, plot = user.find(QWidget, "environment_view"), user.find(QWidget, "return_plot")

    def are_side_by_side() -> bool:
        left, right = (QRect(each.mapTo(user.window, QPoint()), each.size()) for each in (environment, plot))
        return left.right() < right.left() and right.top() < left.bottom()

    user.wait_until(are_side_by_side)
    user.window._theme.set_projector(False)
