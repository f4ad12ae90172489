"""Every explanation is there, says something, and is written in one form."""

from __future__ import annotations

import re

import pytest

from ppo_desktop.ppo.explanation import Explanation
from ppo_desktop.ppo.glossary import GLOSSARY
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.quantities import QUANTITIES, UPDATE_QUANTITIES

LONGEST_MEANING = 320
LONGEST_END = 150


def sentences(explanation: Explanation) -> list[str]:
    return [text for text in (explanation.meaning, explanation.high, explanation.low) if text]


def test_a_title_is_a_name_and_not_a_sentence() -> None:
    for key, explanation in GLOSSARY.items():
        assert explanation.title[0].isupper(), key
        assert not explanation.title.endswith((".", ":")), key
        assert len(explanation.title) < 40, key


def test_meaning_and_ends_are_short_whole_sentences() -> None:
    for key, explanation in GLOSSARY.items():
        assert explanation.meaning, key
        for text in sentences(explanation):
            assert text.endswith((".", ").")), text
            assert text[0].isupper() or text[0] in "01", text
            assert not re.search(r"\s{2}|\n|\d,\d| - |\.\.\.|(?<!e)-\d", text), text
        assert len(explanation.meaning) <= LONGEST_MEANING, key
        assert max(len(explanation.high), len(explanation.low)) <= LONGEST_END, key


def test_both_ends_are_explained_or_neither() -> None:
    for key, explanation in GLOSSARY.items():
        assert bool(explanation.high) == bool(explanation.low), key


def test_formula_and_source_are_no_sentences() -> None:
    for key, explanation in GLOSSARY.items():
        assert not explanation.formula.endswith("."), key
        assert not explanation.source.endswith("."), key
        assert not re.search(r"[*^]|<=|->", explanation.formula), f"{key}: Unicode, not ASCII"
        for source in filter(None, explanation.source.split("; ")):
            assert re.fullmatch(r"Slides? “.+”|.+ \d{4}(, “.+”.*)?", source), source


def test_every_hyperparameter_is_explained_under_its_name() -> None:
    for name, declaration in DECLARATIONS.items():
        explanation = GLOSSARY[name]
        assert explanation is declaration.explanation
        assert explanation.meaning == declaration.meaning
        assert explanation.title.startswith(declaration.label)
        assert explanation.library_name, name
        assert explanation.applies, name


@pytest.mark.parametrize("name", ["normalize_advantages", "anneal"])
def test_the_ends_of_a_switch_are_on_and_off(name: str) -> None:
    assert GLOSSARY[name].ends == ("On", "Off")


def test_every_quantity_is_explained_under_its_name() -> None:
    for name, quantity in QUANTITIES.items():
        assert GLOSSARY[name] is quantity


MOMENTS = {
    **dict.fromkeys(("policy_entropy", "approx_kl", "max_ratio", "min_ratio"), "after the update"),
    **dict.fromkeys(("explained_variance", "return_spread"), "before the update"),
    **dict.fromkeys(("probability_ratio", "clipped_objective"), "before the gradient step"),
}
"""When numbers are measured that are not measured at each gradient step of an update."""
_ANY_MOMENT = ("before the update", "at every gradient step", "after the update")


@pytest.mark.parametrize("key", sorted({*UPDATE_QUANTITIES, *MOMENTS} - {"epochs_run"}))
def test_every_number_of_an_update_says_of_which_moment_it_is(key: str) -> None:
    assert GLOSSARY[key].measured.startswith(MOMENTS.get(key, _ANY_MOMENT))
    assert f"Measured {GLOSSARY[key].measured}." in GLOSSARY[key].tooltip


def test_two_things_are_never_called_the_same() -> None:
    titles = [
        explanation.title for key, explanation in GLOSSARY.items() if key not in ("environment_choice",)
    ]
    assert len(titles) == len(set(titles))


def test_a_tooltip_of_a_hyperparameter_names_library_and_moment() -> None:
    assert GLOSSARY["entropy_coef"].tooltip.splitlines()[1] == (
        "Library name: ent_coef. Takes effect at the next minibatch."
    )
    assert GLOSSARY["advantage"].tooltip.splitlines()[1] == "Library name: advantages."
    assert GLOSSARY["seed"].tooltip == GLOSSARY["seed"].meaning
