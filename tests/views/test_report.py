"""Reports, read as a browser reads them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ppo_desktop import library
from ppo_desktop.exports.markup import page as whole_page
from ppo_desktop.exports.markup import tag
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.user_files import runs_folder
from ppo_desktop.views.report import write_run_report
from ppo_desktop.views.theme import DARK, LIGHT
from tests.command_line import desktop_here, lines
from tests.exports.pages import Page, assert_needs_nothing_else
from tests.kept_runs import keep_branch, keep_run

pytestmark = pytest.mark.usefixtures("qapp")
EVIL = "<script>alert(1)</script> & \"quotes\" 'too' <img src=x onerror=y>"


def report(run: str, place: Path, update: int | None = None) -> tuple[str, Page]:
    subject = ExportedRun(library.open_run(run), update)
    write_run_report(subject, place / "report.html", lambda _share: None)
    contents = (place / "report.html").read_text(encoding="utf-8")
    return contents, Page(contents)


def test_it_needs_no_network_and_runs_nothing(tmp_path: Path) -> None:
    contents, page = report(keep_run(8), tmp_path)
    assert_needs_nothing_else(page)
    assert "http" not in contents


def test_it_says_settings_results_fingerprint_and_how_to_repeat_it(tmp_path: Path) -> None:
    run = keep_run(8, learning_rate=0.0123)
    _, page = report(run, tmp_path)
    kept = library.open_run(run)
    assert kept.restore().parameters_sha256() in page.text
    at = page.pieces.index("Learning rate")
    assert page.pieces[at + 1] == "0.0123"
    assert "ppo-desktop train" in page.text
    assert run in page.text


def test_the_command_it_names_comes_to_the_fingerprint(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for algorithm in Algorithm:
        _, page = report(keep_run(6, algorithm=algorithm, learning_rate=1 / 300, clip_range=None), tmp_path)
        command = shlex.split(next(piece for piece in page.pieces if piece.startswith("ppo-desktop train")))
        done = desktop_here(capsys, *command[1:], "--json=-")
        assert lines(done.stdout)[-1]["parameters_sha256"] in page.text


def test_curves_are_lines_seen_in_light_or_in_dark(tmp_path: Path) -> None:
    contents, page = report(keep_run(8), tmp_path)
    images = re.findall(r"<svg.*?</svg>", contents, re.DOTALL)
    assert len(images) == page.count("svg") == 2 * page.count("figure") == 14
    for image, palette in zip(images, [LIGHT, DARK] * 7, strict=True):
        root = ElementTree.fromstring(image)
        assert root.get("class") == ("dark" if palette.is_dark else "light")
        assert root.find(".//polyline") is not None or root.find(".//path") is not None
        assert palette.card in image
    ids = re.findall(r'\bid="([^"]*)"', contents)
    assert len(set(ids)) == len(ids)
    assert set(re.findall(r"url\(#([^)]*)\)", contents)) <= set(ids)


def test_a2c_clips_nothing_and_has_no_curve_of_that(tmp_path: Path) -> None:
    _, page = report(keep_run(8, algorithm=Algorithm.A2C), tmp_path)
    assert page.count("figure") == 6


def test_names_and_notes_are_text(tmp_path: Path) -> None:
    run = keep_run(8)
    library.set_labels(runs_folder() / run, library.Labels(name=EVIL, note=EVIL))
    _, page = report(run, tmp_path)
    assert page.text.count(EVIL) == 3  # title of the window, heading, note
    assert not {"script", "img"} & {name for name, _ in page.tags}
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)


def test_it_says_what_was_changed_on_the_way_in_a_branch_too(tmp_path: Path) -> None:
    branch = keep_branch(keep_run(8), 5, 10, clip_range=0.37)
    _, page = report(branch, tmp_path)
    assert "0.37" in page.text
    assert f"runs export {branch}@10 --to python" in page.text


def test_a_moment_has_the_numbers_of_then(tmp_path: Path) -> None:
    run = keep_run(8)
    _, page = report(run, tmp_path, 4)
    kept = library.open_run(run)
    assert kept.restore(4).parameters_sha256() in page.text
    assert kept.restore().parameters_sha256() not in page.text


def test_one_result_is_never_more_than_one_seed(tmp_path: Path) -> None:
    _, page = report(keep_run(8), tmp_path)
    assert "one seed" in page.text
    for word in ("proves", "significant", "better"):
        assert word not in page.text


def test_all_that_is_no_markup_is_escaped() -> None:
    page = Page(whole_page(EVIL, EVIL, tag("p", EVIL, tag("b", EVIL))))
    assert page.text.count(EVIL) == 5
    assert page.count("script") == page.count("img") == 0
