"""The line below Compare's bar: one click starts, opens, renames, deletes or exports a comparison."""

from __future__ import annotations

import csv
import io
import sys
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QImage
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QLineEdit, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop import own_process
from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.comparison.demonstrations import DEMONSTRATIONS
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.comparison.plan import ALGORITHM, SETTINGS
from ppo_desktop.comparison.store import load
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.views.compare.compare_page import ComparePage
from ppo_desktop.views.compare.compare_strip import CompareStrip
from ppo_desktop.views.figure import Figure, Text
from ppo_desktop.views.kit.export_menu import ExportMenu
from ppo_desktop.views.theme import Theme
from tests.comparisons_running import finish, run_on
from tests.widgets import find

Widget = TypeVar("Widget", bound=QWidget)


@pytest.fixture
def strip(qtbot: QtBot, comparisons: ComparisonSession, theme: Theme) -> CompareStrip:
    strip = CompareStrip(comparisons, partial(Figure, theme, Text(theme, "Results")))
    qtbot.addWidget(strip)
    strip.resize(1280, 40)
    with qtbot.waitExposed(strip):
        strip.show()
    return strip


def kept_action(strip: CompareStrip, begins: str) -> QAction:
    menu = find(strip, QMenu, "kept_menu")
    menu.aboutToShow.emit()
    return next(action for action in menu.actions() if action.text().startswith(begins))


def estimate(strip: CompareStrip) -> str:
    return find(strip, QLabel, "estimate_label").text()


# ---- what is set up


def test_a_ready_made_comparison_starts_with_one_click(
    strip: CompareStrip, comparisons: ComparisonSession
) -> None:
    first = next(action for action in strip._demonstrations.actions() if not action.isSeparator())
    first.trigger()
    assert comparisons.state is JobState.RUNNING
    assert comparisons.comparison == DEMONSTRATIONS[0].comparison
    assert comparisons.question.measure.name == DEMONSTRATIONS[0].measure


def test_what_a_ready_made_comparison_claims_stays_readable_while_it_runs_and_after(
    strip: CompareStrip, comparisons: ComparisonSession, theme: Theme, qtbot: QtBot
) -> None:
    page = ComparePage(comparisons, theme)
    qtbot.addWidget(page)
    demonstration = DEMONSTRATIONS[0]
    comparisons.set_up(demonstration.comparison, FINAL_RETURN, 0)
    comparisons.start()
    assert demonstration.note in estimate(strip)
    comparisons.pause()
    assert demonstration.note in estimate(strip)
    with qtbot.waitSignal(page.hint_changed):
        comparisons.planning.choose_field("gamma")
    assert demonstration.note not in estimate(strip), "what comes next is said there"
    assert demonstration.note in page.hint
    comparisons.planning.set_up(demonstration.comparison)
    assert demonstration.note not in page.hint


def test_a_ready_made_comparison_starts_over_one_that_is_running_when_that_is_wanted(
    strip: CompareStrip, comparisons: ComparisonSession
) -> None:
    run_on(comparisons)
    shown = comparisons.comparison
    strip._demonstrations.begin(DEMONSTRATIONS[1])
    assert comparisons.comparison is shown
    comparisons.notices.act()
    assert comparisons.comparison == DEMONSTRATIONS[1].comparison
    assert comparisons.state is JobState.RUNNING


def test_folklore_stands_below_a_separator(strip: CompareStrip) -> None:
    actions = strip._demonstrations.actions()
    place = next(index for index, action in enumerate(actions) if action.isSeparator())
    assert place == sum(not item.is_folklore for item in DEMONSTRATIONS)
    assert len(actions) == len(DEMONSTRATIONS) + 1


def test_a_complaint_is_shown_in_place_as_a_warning(
    strip: CompareStrip, comparisons: ComparisonSession
) -> None:
    label = find(strip, QLabel, "estimate_label")
    assert label.property("role") == "muted"
    comparisons.planning.set_values("0.1 7")
    assert label.text() == comparisons.planning.complaint
    assert label.property("role") == "warning"
    comparisons.planning.set_values("0.1 0.7")
    assert label.text() == comparisons.estimate
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
    assert estimate(strip) == comparisons.comparison.title
    comparisons.planning.set_values("0.1 0.2 0.3")
    assert estimate(strip).startswith("Next, not shown yet: 3 values")


# ---- what is kept


def test_a_kept_comparison_is_listed_and_opened(
    qtbot: QtBot, strip: CompareStrip, comparisons: ComparisonSession
) -> None:
    assert not kept_action(strip, "Nothing is kept yet").isEnabled()
    finish(qtbot, comparisons)
    (comparisons.folder / "broken.jsonl").write_text("{")
    assert not kept_action(strip, "broken.jsonl\tcannot be opened").isEnabled()
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


def test_a_name_that_is_being_typed_stays_when_runs_end_and_goes_with_the_focus(
    qtbot: QtBot, strip: CompareStrip, comparisons: ComparisonSession
) -> None:
    finish(qtbot, comparisons)
    kept_action(strip, "Rename").trigger()
    line = find(strip, QLineEdit, "rename_line")
    line.setText("Half a na")
    comparisons.state_changed.emit()
    assert line.isVisible()
    assert line.text() == "Half a na"
    assert comparisons.comparison is not None
    before = comparisons.comparison.title
    line.clearFocus()
    assert not line.isVisible()
    assert comparisons.comparison.title == before, "nobody has confirmed the name"


def test_escape_gives_up_the_name_typed(
    qtbot: QtBot, strip: CompareStrip, comparisons: ComparisonSession
) -> None:
    finish(qtbot, comparisons)
    assert comparisons.comparison is not None
    before = comparisons.comparison.title
    kept_action(strip, "Rename").trigger()
    line = find(strip, QLineEdit, "rename_line")
    line.setText("Not this")
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert not line.isVisible()
    assert comparisons.comparison.title == before


def test_the_question_whether_to_delete_goes_when_something_else_begins(
    qtbot: QtBot, strip: CompareStrip, comparisons: ComparisonSession
) -> None:
    finish(qtbot, comparisons)
    kept_action(strip, "Delete").trigger()
    comparisons.state_changed.emit()
    assert not find(strip, QPushButton, "delete_button").isVisible()


def test_the_line_is_called_what_it_says(strip: CompareStrip, comparisons: ComparisonSession) -> None:
    label = find(strip, QLabel, "estimate_label")
    assert label.accessibleName() == "What is set up"
    run_on(comparisons)
    assert label.accessibleName() == "What is being compared"
    comparisons.planning.set_values("0.1 0.2 0.3")
    assert label.accessibleName() == "What is set up"


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
    assert comparisons.state is JobState.EMPTY
    assert comparisons.comparison is None
    assert not delete.isVisible()


def test_what_is_deleted_while_it_runs_is_stopped(
    strip: CompareStrip, comparisons: ComparisonSession
) -> None:
    run_on(comparisons)
    assert not kept_action(strip, "Delete").isEnabled(), "nothing is kept yet"
    comparisons.delete()
    assert comparisons.state is JobState.EMPTY
    assert comparisons.notices.current.text == ""


# ---- what is exported


def export(strip: CompareStrip, begins: str) -> QAction:
    menu = find(strip, ExportMenu, "export_menu")
    return next(action for action in menu.actions() if action.text().startswith(begins))


def answer(strip: CompareStrip, action: QAction, path: Path) -> None:
    """Ask for an export and choose a file."""
    action.trigger()
    dialog = find(strip, QFileDialog, "file_dialog")
    dialog.fileSelected.emit(str(path))
    dialog.setObjectName("")
    dialog.close()


def test_every_export_writes_what_it_says(
    qtbot: QtBot, strip: CompareStrip, comparisons: ComparisonSession, tmp_path: Path
) -> None:
    menu = find(strip, ExportMenu, "export_menu")
    menu.aboutToShow.emit()
    assert not any(action.isEnabled() for action in menu.actions())
    finish(qtbot, comparisons)
    menu.aboutToShow.emit()
    begins = {
        "Figure as PNG": ("png", b"\x89PNG"),
        "Figure as SVG": ("svg", b"<?xml"),
        "Table": ("csv", b"\xef\xbb\xbfclip_range,"),
        "Runs": ("runs.csv", b"\xef\xbb\xbf"),
    }
    for text, (suffix, begin) in begins.items():
        export(strip, text).trigger()
        dialog = find(strip, QFileDialog, "file_dialog")
        assert not dialog.isModal()
        path = tmp_path / f"result.{suffix}"
        dialog.fileSelected.emit(str(path))
        dialog.setObjectName("")
        dialog.close()
        assert path.read_bytes().startswith(begin)
    runs = list(csv.DictReader(io.StringIO((tmp_path / "result.runs.csv").read_text("utf-8-sig"))))
    assert comparisons.comparison is not None
    assert [(run["clip_range"], run["seed"]) for run in runs] == [
        (str(comparisons.comparison.variants[key.variant].value), str(key.seed))
        for key in sorted(comparisons.records)
    ]
    export(strip, "Copy").trigger()
    assert QGuiApplication.clipboard().image().width() > 1000
    assert not QImage(str(tmp_path / "result.png")).isNull()


def test_a_report_is_written_by_a_process_that_gets_what_is_shown(
    qtbot: QtBot,
    strip: CompareStrip,
    comparisons: ComparisonSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copy = (
        "import json, shutil, sys\n"
        "shutil.copy(sys.argv[3], sys.argv[sys.argv.index('--json') - 1])\n"
        "print(json.dumps({'event': 'exported', 'doubt': ''}))"
    )
    monkeypatch.setattr(own_process, "own_command", lambda *given: [sys.executable, "-Sc", copy, *given])
    finish(qtbot, comparisons)
    path = tmp_path / "report.html"
    answer(strip, export(strip, "Report as HTML"), path)
    qtbot.waitUntil(path.exists)
    kept = load(path)
    assert kept.comparison == comparisons.comparison
    assert {key: record.end for key, record in kept.records.items()} == {
        key: record.end for key, record in comparisons.records.items()
    }


def test_what_cannot_be_written_is_said_in_one_line(
    qtbot: QtBot, strip: CompareStrip, comparisons: ComparisonSession, tmp_path: Path
) -> None:
    finish(qtbot, comparisons)
    for text in ("Figure as PNG", "Figure as SVG", "Table", "Runs"):
        answer(strip, export(strip, text), tmp_path / "missing" / "result")
        assert comparisons.notices.current.text == "result could not be written: No such file or directory."


def test_a_figure_shows_all_values_alike_whatever_the_mouse_rests_on(
    qtbot: QtBot, strip: CompareStrip, comparisons: ComparisonSession
) -> None:
    finish(qtbot, comparisons)
    comparisons.highlight(1)
    export(strip, "Copy").trigger()
    assert comparisons.highlighted is None


def test_what_cannot_be_encoded_is_said_in_one_line_too(
    qtbot: QtBot,
    strip: CompareStrip,
    comparisons: ComparisonSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finish(qtbot, comparisons)
    module = "ppo_desktop.views.compare.comparison_export_menu"
    monkeypatch.setattr(f"{module}.summary_csv", lambda _digest: "\ud800")
    answer(strip, export(strip, "Table"), tmp_path / "result.csv")
    assert comparisons.notices.current.text.startswith("result.csv could not be written: UnicodeEncodeError")
    assert "\n" not in comparisons.notices.current.text


@pytest.mark.qt_log_ignore("QPainter::", extend=True)  # of what cannot be written
def test_a_figure_is_printed_once_the_dialog_is_accepted(
    qtbot: QtBot, strip: CompareStrip, comparisons: ComparisonSession, tmp_path: Path
) -> None:
    finish(qtbot, comparisons)
    before = comparisons.notices.current
    for name, is_accepted in (("cancelled.pdf", False), ("figure.pdf", True), ("missing/figure.pdf", True)):
        export(strip, "Print").trigger()
        dialog = find(strip, QPrintDialog, "print_dialog")
        dialog.printer().setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        dialog.printer().setOutputFileName(str(tmp_path / name))
        dialog.setObjectName("")
        if is_accepted:
            dialog.done(QPrintDialog.DialogCode.Accepted)
        else:
            dialog.reject()
            assert comparisons.notices.current == before
        assert (tmp_path / name).is_file() is (name == "figure.pdf")
        assert comparisons.notices.current.is_warning is name.startswith("missing")


def test_an_image_that_cannot_be_made_is_not_called_written(
    qtbot: QtBot,
    strip: CompareStrip,
    comparisons: ComparisonSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finish(qtbot, comparisons)
    monkeypatch.setattr("ppo_desktop.views.figure_export.figure_image", lambda *_: QImage())
    answer(strip, export(strip, "Figure as PNG"), tmp_path / "result.png")
    assert comparisons.notices.current.text.startswith("result.png could not be written: ")
    assert not (tmp_path / "result.png").exists()


def test_another_comparison_than_the_one_asked_for_is_not_written(
    qtbot: QtBot, strip: CompareStrip, comparisons: ComparisonSession, tmp_path: Path
) -> None:
    finish(qtbot, comparisons)
    asked_for = comparisons.path
    action = export(strip, "Table")
    action.trigger()
    finish(qtbot, comparisons, values=(0.3, 0.5))
    dialog = find(strip, QFileDialog, "file_dialog")
    dialog.fileSelected.emit(str(tmp_path / "result.csv"))
    assert not (tmp_path / "result.csv").exists()
    assert "not shown any more" in comparisons.notices.current.text
    assert asked_for is not None
    comparisons.open(asked_for)
    qtbot.waitUntil(lambda: comparisons.digest is not None)
    dialog.fileSelected.emit(str(tmp_path / "result.csv"))
    assert (tmp_path / "result.csv").exists()
    dialog.close()
