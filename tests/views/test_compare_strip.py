"""The line below Compare's bar: one click starts, opens, renames, deletes or exports a comparison."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QImage
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QLineEdit, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.comparison_session import ComparisonSession, ComparisonState
from ppo_desktop.comparison.demonstrations import DEMONSTRATIONS
from ppo_desktop.comparison.plan import ALGORITHM, SETTINGS
from ppo_desktop.comparison.store import load
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.views.compare_strip import CompareStrip
from ppo_desktop.views.export_menu import ExportMenu
from ppo_desktop.views.theme import Theme
from tests.comparisons_running import finish, run_on

Widget = TypeVar("Widget", bound=QWidget)


@pytest.fixture
def results(qtbot: QtBot, theme: Theme) -> QWidget:
    label = QLabel("Results")
    qtbot.addWidget(label)
    label.resize(300, 100)
    return label


@pytest.fixture
def strip(qtbot: QtBot, comparisons: ComparisonSession, results: QWidget) -> CompareStrip:
    strip = CompareStrip(comparisons, lambda: results)
    qtbot.addWidget(strip)
    strip.resize(1280, 40)
    with qtbot.waitExposed(strip):
        strip.show()
    return strip


def find(strip: QWidget, kind: type[Widget], name: str) -> Widget:
    found = strip.findChild(kind, name)
    assert found is not None, name
    return found


def kept_action(strip: CompareStrip, begins: str) -> QAction:
    menu = find(strip, QMenu, "kept_menu")
    menu.aboutToShow.emit()
    return next(action for action in menu.actions() if action.text().startswith(begins))


def extent(strip: CompareStrip) -> str:
    return find(strip, QLabel, "extent_label").text()


# ---- what is set up


def test_a_ready_made_comparison_starts_with_one_click(
    strip: CompareStrip, comparisons: ComparisonSession
) -> None:
    first = next(action for action in strip._demonstrations.actions() if not action.isSeparator())
    first.trigger()
    assert comparisons.state is ComparisonState.RUNNING
    assert comparisons.comparison == DEMONSTRATIONS[0].comparison
    assert comparisons.question.measure.name == DEMONSTRATIONS[0].measure


def test_no_ready_made_comparison_starts_over_one_that_is_running(
    strip: CompareStrip, comparisons: ComparisonSession
) -> None:
    run_on(comparisons)
    shown = comparisons.comparison
    strip._demonstrations.begin(DEMONSTRATIONS[1])
    assert comparisons.comparison is shown
    assert "Stop" in comparisons.session.message.text


def test_folklore_stands_below_a_separator(strip: CompareStrip) -> None:
    actions = strip._demonstrations.actions()
    place = next(index for index, action in enumerate(actions) if action.isSeparator())
    assert place == sum(not item.is_folklore for item in DEMONSTRATIONS)
    assert len(actions) == len(DEMONSTRATIONS) + 1


def test_a_complaint_is_shown_in_place_as_a_warning(
    strip: CompareStrip, comparisons: ComparisonSession
) -> None:
    label = find(strip, QLabel, "extent_label")
    assert label.property("role") == "muted"
    comparisons.planning.set_values("0.1 7")
    assert label.text() == comparisons.planning.complaint
    assert label.property("role") == "warning"
    comparisons.planning.set_values("0.1 0.7")
    assert label.text() == comparisons.extent
    assert label.property("role") == "muted"


def test_the_base_and_the_algorithm_are_those_of_all_runs(
    strip: CompareStrip, comparisons: ComparisonSession
) -> None:
    combo = find(strip, QComboBox, "base_combo")
    combo.setCurrentText("Fastest")
    combo.activated.emit(combo.currentIndex())
    find(strip, QPushButton, "compare_algorithm_a2c").click()
    planned = comparisons.planning.planned
    assert planned is not None
    assert all(variant.algorithm is Algorithm.A2C for variant in planned.variants)
    assert all(variant.hyperparameters.n_epochs == 20 for variant in planned.variants)
    assert combo.currentText() == "Fastest"


def test_what_varies_itself_cannot_be_chosen_here(
    strip: CompareStrip, comparisons: ComparisonSession
) -> None:
    comparisons.planning.choose_field(ALGORITHM)
    assert not find(strip, QPushButton, "compare_algorithm_ppo").isEnabled()
    comparisons.planning.choose_field(SETTINGS)
    assert not find(strip, QComboBox, "base_combo").isVisible()


def test_it_says_when_what_is_set_up_is_not_what_is_shown(
    strip: CompareStrip, comparisons: ComparisonSession
) -> None:
    run_on(comparisons)
    assert comparisons.comparison is not None
    assert extent(strip) == comparisons.comparison.title
    comparisons.planning.set_values("0.1 0.2 0.3")
    assert extent(strip).startswith("Next, not shown yet: 3 values")


# ---- what is kept


def test_a_kept_comparison_is_listed_and_opened(
    qtbot: QtBot, strip: CompareStrip, comparisons: ComparisonSession
) -> None:
    assert not kept_action(strip, "Nothing is kept yet").isEnabled()
    finish(qtbot, comparisons)
    (comparisons.folder / "broken.jsonl").write_text("{")
    assert not kept_action(strip, "broken.jsonl\tdamaged").isEnabled()
    first, path = comparisons.comparison, comparisons.path
    comparisons.planning.set_values("0.3")
    comparisons.start()
    comparisons.stop()
    assert first is not None
    action = kept_action(strip, first.title)
    assert "4 of 4 runs" in action.text()
    action.trigger()
    assert comparisons.comparison == first
    assert comparisons.path == path
    assert kept_action(strip, first.title).isChecked()


def test_the_comparison_shown_is_renamed_in_place(
    qtbot: QtBot, strip: CompareStrip, comparisons: ComparisonSession
) -> None:
    assert not kept_action(strip, "Rename").isEnabled()
    finish(qtbot, comparisons)
    kept_action(strip, "Rename").trigger()
    line = find(strip, QLineEdit, "rename_line")
    assert line.isVisible()
    line.setText("Mine & yours")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert not line.isVisible()
    assert comparisons.comparison is not None
    assert comparisons.comparison.title == "Mine & yours"
    assert comparisons.path is not None
    assert load(comparisons.path).comparison.title == "Mine & yours"
    assert kept_action(strip, "Mine && yours\t").isChecked()


def test_the_comparison_shown_is_deleted_at_the_second_click_only(
    qtbot: QtBot, strip: CompareStrip, comparisons: ComparisonSession
) -> None:
    finish(qtbot, comparisons)
    path = comparisons.path
    assert path is not None
    kept_action(strip, "Delete").trigger()
    delete = find(strip, QPushButton, "delete_button")
    find(strip, QPushButton, "keep_button").click()
    assert not delete.isVisible()
    assert path.exists()
    kept_action(strip, "Delete").trigger()
    delete.click()
    assert not path.exists()
    assert comparisons.state is ComparisonState.EMPTY
    assert comparisons.comparison is None
    assert not delete.isVisible()


def test_nothing_is_deleted_while_it_runs(strip: CompareStrip, comparisons: ComparisonSession) -> None:
    run_on(comparisons)
    assert not kept_action(strip, "Delete").isEnabled()
    comparisons.delete()
    assert comparisons.state is ComparisonState.RUNNING


# ---- what is exported


def test_every_export_writes_what_it_says(
    qtbot: QtBot, strip: CompareStrip, comparisons: ComparisonSession, tmp_path: Path
) -> None:
    menu = find(strip, ExportMenu, "export_menu")
    menu.aboutToShow.emit()
    assert not any(action.isEnabled() for action in menu.actions())
    finish(qtbot, comparisons)
    menu.aboutToShow.emit()
    begins = {
        "png": b"\x89PNG",
        "svg": b"<?xml",
        "csv": b"\xef\xbb\xbfclip_range,",
        "runs.csv": b"\xef\xbb\xbf",
    }
    for action, (suffix, begin) in zip(menu.actions(), begins.items(), strict=False):
        action.trigger()
        dialog = find(strip, QFileDialog, "file_dialog")
        assert not dialog.isModal()
        path = tmp_path / f"result.{suffix}"
        dialog.fileSelected.emit(str(path))
        dialog.setObjectName("")
        dialog.close()
        assert path.read_bytes().startswith(begin)
    menu.actions()[-1].trigger()
    assert QGuiApplication.clipboard().image().width() == 600
    assert not QImage(str(tmp_path / "result.png")).isNull()


def test_what_cannot_be_written_is_said_in_one_line(
    qtbot: QtBot, strip: CompareStrip, comparisons: ComparisonSession, tmp_path: Path
) -> None:
    finish(qtbot, comparisons)
    menu = find(strip, ExportMenu, "export_menu")
    for write in (menu.write_png, menu.write_svg, menu.write_table, menu.write_runs):
        menu._save(write, tmp_path / "missing" / "result")
        assert comparisons.session.message.text == "result could not be written: No such file or directory."
