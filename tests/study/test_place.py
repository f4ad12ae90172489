"""Where a study is, as somebody types it and as it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from ppo_desktop.study.place import Place, place_of

FILE = Path("study 1.db").absolute()


@pytest.mark.parametrize(
    ("storage", "location"),
    [
        ("study 1.db", FILE),
        (str(FILE), FILE),
        ("sqlite:///study 1.db", FILE),
        (f"sqlite:///{FILE}", FILE),
        ("sqlite:///study%201.db?timeout=3", FILE),
        ("SQLite+pysqlite:///study 1.db", FILE),
        ("~/study.db", Path("~/study.db").expanduser()),
        ("postgresql://me@host/x", "postgresql://me@host/x"),
        ("mysql+pymysql://me@host/x", "mysql+pymysql://me@host/x"),
    ],
)
def test_a_path_or_a_url_is_a_place(storage: str, location: Path | str) -> None:
    place = place_of(storage, "Study")
    assert place == Place(location, "Study")
    assert place.is_file == isinstance(location, Path)


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("postgresql://host/x", "postgresql://host/x"),
        ("postgresql://me@host/x", "postgresql://me@host/x"),
        ("postgresql://me:secret@host:5432/x", "postgresql://me@host:5432/x"),
        ("postgresql://me:se:c/r@t@host/x", "postgresql://me@host/x"),
        ("postgresql://me:@host/x", "postgresql://me@host/x"),
        ("postgresql://host/x?user=me&password=secret&b=1", "postgresql://host/x?user=me&password=***&b=1"),
    ],
)
def test_a_password_is_not_shown(url: str, label: str) -> None:
    assert Place(url).label == label


def test_a_file_is_shown_by_its_name() -> None:
    assert Place(FILE).label == "study 1.db"


def test_what_others_say_is_shown_without_the_password() -> None:
    place = Place("postgresql://me:p%40ss@host/x")
    said = "cannot use\nconninfo password=p@ss of postgresql://me:p%40ss@host/x (p%40ss)"
    assert place.without_password(said) == "cannot use conninfo password=*** of postgresql://me@host/x (***)"
