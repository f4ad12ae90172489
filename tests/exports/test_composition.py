"""Programs composed from sources: what is known is decided, what is not used is left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from ppo_desktop.exports.composition import Known, compose

Compose = Callable[..., str]


@pytest.fixture
def composed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compose:
    """Return a function that composes the definition `main` of a module, and returns its text."""
    monkeypatch.syspath_prepend(str(tmp_path))
    n_modules = iter(range(100))

    def compose_main(source: str, known: Known, given: tuple[str, ...] = ()) -> str:
        name = f"module_{next(n_modules)}_of_{tmp_path.name}"
        (tmp_path / f"{name}.py").write_text(dedent(source), encoding="utf-8")
        parts = compose([(name, "main")], known, given, imported=())
        return f"{parts.imports}\n{parts.definitions}".strip()

    return compose_main


NOTHING = Known({}, {})


def test_of_a_condition_that_is_known_one_branch_stays_with_its_comment(composed: Compose) -> None:
    source = """
    def main(settings: object) -> int:
        '''Return it.

        In more words.
        '''
        # Why it is so.
        if settings.is_on:
            value: int = 1  # one
        else:
            value = 2
        if not settings.is_on:
            return value + 1
        return value if settings.other else -value
    """
    assert (
        composed(source, Known({"settings.is_on": True}, {}))
        == dedent('''
        def main(settings):
            """Return it."""
            # Why it is so.
            value = 1  # one
            return value if settings.other else -value
        ''').strip()
    )
    assert (
        composed(source, Known({"settings.is_on": False, "settings.other": True}, {}, explained=()))
        == dedent("""
        def main(settings):
            # Why it is so.
            value = 2
            return value + 1
        """).strip()
    )


def test_what_is_used_comes_along_and_nothing_else(composed: Compose) -> None:
    source = """
    from __future__ import annotations

    import math
    import sys
    from dataclasses import dataclass

    LIMIT, OTHER = 2.5, 3
    NAMES = ("a", "b")

    def unused() -> None:
        print(sys.path)

    @dataclass
    class Place:
        x: float
        y: float = 0.0

        def length(self) -> float:
            return math.hypot(self.x, self.y)

        def angle(self) -> float:
            return math.atan2(self.y, self.x)

    def main() -> float:
        if Place(1.0).length() > LIMIT:
            return main.missing
        return len(NAMES)
    """
    assert (
        composed(source, NOTHING)
        == dedent("""
        import math
        from dataclasses import dataclass

        NAMES = ("a", "b")


        @dataclass
        class Place:
            x: float
            y: float = 0.0

            def length(self):
                return math.hypot(self.x, self.y)


        def main():
            if Place(1.0).length() > 2.5:
                return main.missing
            return len(NAMES)
        """).strip()
    )


def test_a_function_of_one_expression_stands_where_it_is_called(composed: Compose) -> None:
    source = """
    def scaled(value: float, by: float) -> float:
        '''Return it scaled.'''
        return (value - 1) * by

    def main(settings: object) -> float:
        for step in range(settings.n):
            total = scaled(step + 1, settings.factor)
        return total
    """
    assert (
        composed(source, Known({}, {"settings.factor": "7"}, inlined=frozenset({"scaled"})))
        == dedent("""
        def main(settings):
            for step in range(settings.n):
                total = (step + 1 - 1) * 7
            return total
        """).strip()
    )


def test_a_loop_that_goes_round_once_is_its_body(composed: Compose) -> None:
    source = """
    def main(values: list[int]) -> None:
        for value in values:
            with open("x") as file:
                file.write(
                    "a line"
                )
    """
    assert (
        composed(source, Known({"for value": True}, {}))
        == dedent("""
        def main(values):
            with open("x") as file:
                file.write("a line")
        """).strip()
    )


def test_what_is_given_is_not_taken_from_the_source(composed: Compose) -> None:
    source = """
    LIST = [1]

    def main() -> list[int]:
        return LIST
    """
    assert composed(source, NOTHING, ("LIST",)) == "def main():\n    return LIST"
