"""Collects what the licences of all programs in an application folder say, for people to read."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from importlib.metadata import Distribution, distributions
from pathlib import Path

from installing.bundled import COMPONENTS, LIBRARIES_OF_PACKAGES, TEXTS_OF_PACKAGES, Component
from installing.target import CHECKOUT, Target, version
from launching.processes import Problem
from ppo_desktop.licences import Program, joined, programs_of, python, write_index

TEXTS = Path(__file__).with_name("licence_texts")
LIBRARY = re.compile(r"\.(so(\.\d+)*|dylib|dll)$")
"""How libraries are named that are not modules of Python."""
MODULE_OF_PYTHON = re.compile(r"\.(cpython-|abi3\.)|lib-dynload")


def collect_licences(target: Target, application: Path) -> None:
    """Put the folder `licences` into an application folder that has everything else in it.

    Raises:
        Problem: A package or a library has no licence that is known.
    """
    write_index(application / "licences", programs_in(target, application))


def programs_in(target: Target, application: Path) -> list[Program]:
    """Return all programs in an application folder, with what their licences say.

    Raises:
        Problem: A package or a library has no licence that is known.
    """
    packages = application / target.packages
    pythons = [text for text in (application / "python").rglob("LICENSE.txt") if packages not in text.parents]
    ours = Program("PPO Desktop", version(), "MIT", partial(joined, [CHECKOUT / "LICENSE"]))
    there = filter(_is_there, distributions(path=[str(packages)]))
    packaged = sorted(programs_of(there), key=lambda each: each.name.lower())
    programs = [ours, python(target.python_version, pythons), *map(_with_text, packaged)]
    if lacking := [each.name for each in programs if not each.text()]:
        raise Problem(f"no licence text is known of {', '.join(lacking)}: add it to installing/bundled.py.")
    found = libraries_inside(application, packages)
    return [*programs, *_components(found, {each.name for each in programs}, target.name)]


def libraries_inside(application: Path, packages: Path) -> dict[Component, set[str]]:
    """Return which of the bundled programs have libraries in an application folder, and within what.

    Raises:
        Problem: Nobody knows whose a library is.
    """
    owners = {
        Path(str(package.locate_file(file))): package.name
        for package in distributions(path=[str(packages)])
        for file in package.files or ()
        if LIBRARY.search(file.name)
    }
    found: dict[Component, set[str]] = defaultdict(set)
    unknown = []
    for library in _libraries(application):
        name = library.name.lower()
        component = next((each for each in COMPONENTS if each.has_library(name)), None)
        if component:
            found[component].add(owners.get(library, "Python"))
        elif not _is_packages_own(library, packages) and not name.startswith(("libpython3", "python3")):
            unknown.append(str(library.relative_to(application)))
    if unknown:
        raise Problem(f"nobody knows the licence of {', '.join(unknown)}: add it to installing/bundled.py.")
    return found


def _libraries(application: Path) -> Iterator[Path]:
    for path in sorted(application.rglob("*")):
        if LIBRARY.search(path.name) and not MODULE_OF_PYTHON.search(str(path)) and not path.is_symlink():
            yield path


def _is_packages_own(library: Path, packages: Path) -> bool:
    if not library.is_relative_to(packages):
        return False
    return library.relative_to(packages).as_posix().startswith(LIBRARIES_OF_PACKAGES)


def _is_there(package: Distribution) -> bool:
    """Return whether there is more of a package than its description: it may have been left out."""
    files = (file for file in package.files or () if not file.parts[0].endswith(".dist-info"))
    return any(Path(str(package.locate_file(file))).exists() for file in files)


def _with_text(program: Program) -> Program:
    """Return a package with the texts its wheel lacks, as far as they are known."""
    texts = TEXTS_OF_PACKAGES.get(program.name, ())
    return program if program.text() else replace(program, text=partial(_texts, texts))


def _texts(names: Iterable[str], copyright_line: str = "") -> str:
    texts = [(TEXTS / f"{name}.txt").read_text(encoding="utf-8") for name in names]
    return "\n\n".join(filter(None, [copyright_line, *texts]))


def _components(found: dict[Component, set[str]], programs: set[str], system: str) -> Iterator[Program]:
    """Yield what is inside others."""
    for component in COMPONENTS:
        within = {name for name in component.within if name in programs and system in component.systems}
        inside = sorted(found.get(component, set()) | within, key=str.lower)
        if not inside:
            continue
        text = partial(_texts, (*component.texts, *component.notices), component.copyright)
        yield Program(component.name, "", component.licence, text, ", ".join(inside))
