"""Texts can be reworded or translated: no name of a widget, no key in a file is taken from one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject

from ppo_desktop.bridge.worker import StepKind
from ppo_desktop.comparison.demonstrations import DEMONSTRATIONS, demonstration_of
from ppo_desktop.comparison.draft import draft_of
from ppo_desktop.comparison.export import run_fields, runs_csv
from ppo_desktop.comparison.measures import MEASURES
from ppo_desktop.comparison.plan import ALGORITHM, PRESET, Comparison, Configuration, RunKey, opposed
from ppo_desktop.comparison.statistics import Centre
from ppo_desktop.comparison.store import load, new_file
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.declaration import Applies, Group
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.ppo.glossary import GLOSSARY
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.quantities import QUANTITIES
from ppo_desktop.ppo.samples import Situation
from ppo_desktop.study.attributes import check_to_json, plan_to_json, strategy_to_json
from ppo_desktop.study.check import Candidate, CandidateKind, CheckedCandidate, check_result, preset_candidate
from ppo_desktop.study.study_plan import Objective, Strategy
from ppo_desktop.study.trials import TrialState
from ppo_desktop.views.kit.page import Page
from ppo_desktop.views.theme import Appearance
from ppo_desktop.views.update.pictures import UPDATE_PICTURES
from ppo_desktop.views.update_panel import Aspect
from tests.comparisons import SMALL, compared, ended_with
from tests.end_to_end.conftest import User
from tests.studies import PLAN

ENUMS: tuple[type[Enum], ...] = (
    Algorithm,
    Applies,
    Appearance,
    Aspect,
    CandidateKind,
    Centre,
    FinishReason,
    Group,
    Objective,
    Situation,
    StepKind,
    TrialState,
)


def other_words(text: str) -> str:
    """Return words that nobody could take for those before, with signs that have a meaning elsewhere."""
    return f"«{text[::-1]} = A: x, the {len(text)} (y) · z»"


def shown_texts() -> Iterator[tuple[object, tuple[str, ...]]]:
    """Yield all that is declared, each with the names of its attributes that hold what is shown."""
    for known in KNOWN_ENVIRONMENTS.values():
        yield from ((preset, ("name", "note")) for preset in known.presets)
        yield from ((action, ("name", "short")) for action in known.actions)
    yield from ((demonstration, ("name", "note")) for demonstration in DEMONSTRATIONS)
    yield from ((declared, ("label", "symbol", "meaning", "off_label")) for declared in DECLARATIONS.values())
    yield from ((explanation, ("title", "meaning")) for explanation in GLOSSARY.values())
    yield from ((quantity, ("title",)) for quantity in QUANTITIES.values())
    yield from ((picture, ("label",)) for picture in UPDATE_PICTURES)
    yield from ((measure.reduction, ("span", "short_span", "aside")) for measure in MEASURES.values())


@pytest.fixture
def reword(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function that gives all that is declared other words."""
    make_page = Page.__init__

    def make_reworded(page: Page, page_id: str, title: str, *rest: Any) -> None:
        make_page(page, page_id, other_words(title), *rest)

    def reword() -> None:
        for declared, attributes in shown_texts():
            for attribute in attributes:
                if text := vars(declared)[attribute]:
                    monkeypatch.setitem(vars(declared), attribute, other_words(text))
        for enum in ENUMS:
            for member in enum:
                monkeypatch.setattr(member, "label", other_words(member.label))  # type: ignore[attr-defined]
        monkeypatch.setattr(Page, "__init__", make_reworded)

    return reword


def comparisons() -> list[Comparison]:
    sides = [Configuration("one", algorithm, SMALL) for algorithm in Algorithm]
    return [
        compared((0.1, None)),
        compared(("a2c", "ppo"), field=ALGORITHM),
        compared((True, False), field="anneal"),
        compared(tuple(preset.id for preset in presets_for("CartPole-v1")), field=PRESET),
        opposed("CartPole-v1", sides, 2, 2_000),
        *(demonstration.plan for demonstration in DEMONSTRATIONS),
    ]


def written(folder: Path) -> list[str]:
    """Return what files and JSON say of comparisons, but for what they are called in words."""
    lines = []
    for comparison in comparisons():
        file, record = new_file(folder, comparison), ended_with(9.0)
        file.add(RunKey(0, 1), record)
        first, run, *_ = map(json.loads, file.path.read_text(encoding="utf-8").splitlines())
        del first["title"]
        for variant in first["variants"]:
            variant.pop("label", None)
            variant.pop("name", None)
        table, *_ = runs_csv(comparison, {RunKey(0, 1): record}).splitlines()
        fields = run_fields(comparison, RunKey(0, 1), record)
        if comparison.field == PRESET:
            del fields["value"]  # its name, which scripts give as well
        lines += [first, run, fields, table]
    return [json.dumps(line) for line in [*lines, *study_attributes()]]


def study_attributes() -> list[Any]:
    """Return what a study keeps of itself."""
    tried = [
        Candidate(kind, 3, PLAN.base_values, 1.0) for kind in (CandidateKind.BEST, CandidateKind.RUNNER_UP)
    ]
    checked = [CheckedCandidate(candidate, {1001: 2.0}) for candidate in [*tried, preset_candidate(PLAN)]]
    return [plan_to_json(PLAN), strategy_to_json(Strategy()), check_to_json(check_result(PLAN, checked, 1))]


def object_names(user: User) -> list[str]:
    """Return the names of all widgets of all pages."""
    for page in user.window.pages:
        user.window.show_page(page)
    names = [child.objectName() for child in user.window.findChildren(QObject)]
    return sorted(name for name in names if name and not name.startswith("qt_"))


def test_files_hold_the_same_in_other_words(tmp_path: Path, reword: Callable[[], None]) -> None:
    before = written(tmp_path / "before")
    reword()
    assert written(tmp_path / "after") == before


def test_a_file_from_before_is_the_same_comparison_in_other_words(
    tmp_path: Path, reword: Callable[[], None]
) -> None:
    plans, paths = comparisons(), []
    for number, plan in enumerate(plans):
        file = new_file(tmp_path / str(number), plan)
        file.add(RunKey(0, 1), ended_with(9.0))
        paths.append(file.path)
    reword()
    for path, plan, again in zip(paths, plans, comparisons(), strict=True):
        read = load(path).comparison
        assert read.variants == plan.variants == again.variants
        assert demonstration_of(read) is demonstration_of(plan)
        assert draft_of(read).comparison() == read


def test_a_line_of_values_is_understood_in_other_words(reword: Callable[[], None]) -> None:
    reword()
    for plan in comparisons()[:4]:
        draft = draft_of(plan)
        assert draft.with_values(f" {draft.values} ").comparison().variants == plan.variants


def test_widgets_have_the_same_names_in_other_words(
    open_window: Callable[[], User], reword: Callable[[], None]
) -> None:
    before = object_names(open_window())
    assert {"train_tab", "compare_tab", "tune_tab", "optimisation_section", "objective_page"} <= {*before}
    reword()
    assert object_names(open_window()) == before
