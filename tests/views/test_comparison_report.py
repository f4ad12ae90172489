"""Reports of comparisons, read as a browser reads them."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from ppo_desktop.comparison.digest import Digester, Question
from ppo_desktop.comparison.experiment import Experiment
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.comparison.plan import Comparison
from ppo_desktop.comparison.statistics import Centre
from ppo_desktop.comparison.verdict import verdict
from ppo_desktop.exports.comparisons import ExportedComparison
from ppo_desktop.views.report import write_comparison_report
from tests.command_line import desktop_here, lines
from tests.comparisons import compared
from tests.exports.pages import Page, assert_needs_nothing_else
from tests.opened_comparisons import results

pytestmark = pytest.mark.usefixtures("qapp")
EVIL = "<script>alert(1)</script> & <img src=x>"


def report(subject: ExportedComparison, place: Path) -> tuple[str, Page]:
    write_comparison_report(subject, place / "report.html", lambda _share: None)
    contents = (place / "report.html").read_text(encoding="utf-8")
    return contents, Page(contents)


def finished(comparison: Comparison) -> ExportedComparison:
    with Experiment(comparison) as experiment:
        for _ in experiment.events():
            pass
        return ExportedComparison(comparison, dict(experiment.records))


def test_it_needs_no_network_and_has_every_figure_in_light_and_dark(tmp_path: Path) -> None:
    made = ExportedComparison(compared(), results((10.0, 20.0, 30.0), (100.0, 110.0, 120.0)))
    contents, page = report(made, tmp_path)
    assert_needs_nothing_else(page)
    assert "http" not in contents
    assert page.count("svg") == 2 * page.count("figure") == 10


def test_what_it_says_is_what_the_window_says(tmp_path: Path) -> None:
    made = ExportedComparison(compared(), results((10.0, 20.0, 30.0), (100.0, 110.0, 120.0)))
    _, page = report(made, tmp_path)
    question = Question(FINAL_RETURN, 0, Centre.MEAN, ())
    digest = Digester(made.comparison).digest(made.records, question)
    sentences = [*verdict(digest), *(statement.text for statement in digest.statements)]
    assert len(sentences) == 2
    assert set(sentences) <= set(page.pieces)


def test_nothing_is_called_best_before_all_runs_have_ended(tmp_path: Path) -> None:
    records = results((10.0, 20.0, 30.0), (100.0, 110.0, 120.0))
    del records[max(records)]
    _, page = report(ExportedComparison(compared(), records), tmp_path)
    assert not any("Best" in piece for piece in page.pieces)
    assert any("provisional" in piece for piece in page.pieces)


def test_the_commands_it_names_come_to_the_fingerprints(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    made = finished(compared(n_seeds=1))
    _, page = report(made, tmp_path)
    commands = next(piece for piece in page.pieces if piece.startswith("ppo-desktop train")).splitlines()
    assert len(commands) == 2
    for (_, record), command in zip(made.runs, commands, strict=True):
        done = desktop_here(capsys, *shlex.split(command)[1:], "--json=-")
        fingerprint = lines(done.stdout)[-1]["parameters_sha256"]
        assert record.end is not None
        assert fingerprint == record.end.parameters_sha256
        assert fingerprint in page.text


def test_its_title_is_text(tmp_path: Path) -> None:
    comparison = replace(compared(), title=EVIL)
    _, page = report(ExportedComparison(comparison, results((1.0,), (2.0,))), tmp_path)
    assert page.text.count(EVIL) == 2
    assert page.count("script") == page.count("img") == 0
