"""The programs this one stands on: what is really installed, in which version, under which licence."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
import sysconfig
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from ppo_desktop.resource_files import PACKAGE, installation_folder

INDEX = "index.json"
"""In the folder of licences: what is in the installation, collected when it was built."""
_TEXT = re.compile(r"licen[cs]e|copying|copyright|notice|third[-_ ]?part", re.IGNORECASE)
_NO_TEXT = {".py", ".pyc", ".pyi", ".h", ".so", ".pyd", ".json", ".toml"}
_REQUIREMENT = re.compile(r"^([\w.-]+)\s*(?:\[([^]]*)])?([^;]*)(?:;(.*))?$")
_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")


@dataclass(frozen=True)
class Program:
    """Something that is installed, with what its licence says.

    Attributes:
        name: As its makers call it.
        version: Empty where it says none.
        licence: In a few words, if possible by its SPDX identifiers.
        text: Reads the licence and the notices that belong to it; empty where there are none.
        inside: The program it came with, if it did not come by itself.
    """

    name: str
    version: str
    licence: str
    text: Callable[[], str]
    inside: str = ""


def installed_programs() -> list[Program]:
    """Return all programs this one stands on, Python first.

    An installation says what was put into it. Elsewhere the packages that ours asks for say it, and those
    they ask for in their turn.
    """
    installation = installation_folder()
    if installation is not None:
        return read_index(installation / "licences")
    packages = sorted(programs_of(needed_distributions()), key=lambda program: program.name.lower())
    standard_library = Path(sysconfig.get_path("stdlib"))
    texts = [file for folder in (standard_library, Path(sys.prefix)) for file in folder.glob("LICENSE*")]
    return [python(platform.python_version(), texts[:1]), *packages]


def python(version: str, texts: Sequence[Path]) -> Program:
    """Return Python."""
    return Program("Python", version, "PSF-2.0", partial(joined, texts))


def read_index(folder: Path) -> list[Program]:
    """Return the programs whose licences were collected into `folder`."""
    entries = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    return [
        Program(
            each["name"],
            each["version"],
            each["licence"],
            partial(_read, folder / each["file"]),
            each["inside"],
        )
        for each in entries
    ]


def write_index(folder: Path, programs: Iterable[Program]) -> None:
    """Write one file of text for each program into `folder`, and what `read_index` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for program in programs:
        file = re.sub(r"[^\w.+-]+", "-", program.name) + ".txt"
        (folder / file).write_text(program.text(), encoding="utf-8")
        entry = {"name": program.name, "version": program.version, "licence": program.licence}
        entries.append({**entry, "inside": program.inside, "file": file})
    (folder / INDEX).write_text(json.dumps(entries, indent=1, ensure_ascii=False), encoding="utf-8")


def programs_of(distributions: Iterable[Distribution]) -> Iterator[Program]:
    """Yield what packages say of themselves."""
    for package in distributions:
        yield Program(package.name, package.version, _licence(package), partial(_text, package))


def needed_distributions() -> list[Distribution]:
    """Return the packages that ours asks for, with or without detours, as far as they are installed."""
    found: dict[str, Distribution] = {}
    wanted = [(requirement, "") for requirement in _our_requirements()]
    seen = set()
    while wanted:
        requirement, extra = wanted.pop()
        if (parts := _parsed(requirement, extra)) is None or parts in seen:
            continue
        seen.add(parts)
        name, extras = parts
        try:
            package = found.setdefault(name, distribution(name))
        except PackageNotFoundError:
            continue
        for needed in package.requires or ():
            wanted.extend((needed, extra) for extra in ("", *extras.split(",")))
    return list(found.values())


def _our_requirements() -> list[str]:
    """Return what pip would install with us: it may not have installed us, but have us in a checkout."""
    project = PACKAGE.parent / "pyproject.toml"
    if project.is_file():
        requirements: list[str] = tomllib.loads(project.read_text(encoding="utf-8"))["project"][
            "dependencies"
        ]
        return requirements
    return distribution("ppo-desktop").requires or []


def _parsed(requirement: str, extra: str) -> tuple[str, str] | None:
    """Return name and extras of what is required with `extra`, in one spelling; None if it is not."""
    match = _REQUIREMENT.match(requirement)
    if match is None:
        return None
    only_with = _EXTRA.findall(match[4] or "")
    if only_with and extra not in only_with:
        return None
    return re.sub(r"[-_.]+", "-", match[1]).lower(), (match[2] or "").replace(" ", "")


def _licence(package: Distribution) -> str:
    """Return what a package says of its licence, the most exact first; a whole text is none."""
    metadata = package.metadata
    for field in ("License-Expression", "License"):
        said = metadata[field] if field in metadata else ""  # noqa: SIM401  (it has no get in Python 3.11)
        if said and "\n" not in said and said != "UNKNOWN":
            return said
    classes = [text for text in metadata.get_all("Classifier") or [] if text.startswith("License ::")]
    return ", ".join(text.rpartition(" :: ")[2] for text in classes)


def _text(package: Distribution) -> str:
    files = [file for file in package.files or () if _TEXT.search(file.name) and file.suffix not in _NO_TEXT]
    paths = (Path(str(package.locate_file(file))) for file in files)
    return joined(sorted(path for path in paths if path.is_file()))


def joined(files: Sequence[Path]) -> str:
    """Return what files say, each text once; above each of several stands where it is from."""
    texts: dict[str, Path] = {}
    for file in files:
        texts.setdefault(_read(file).strip("\n"), file)
    if len(texts) < 2:
        return "".join(f"{text}\n" for text in texts)
    common = os.path.commonpath(files)
    named = {text: file.relative_to(common).as_posix() for text, file in texts.items()}
    return "\n\n".join(f"==== {name} ====\n\n{text}\n" for text, name in named.items())


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")
