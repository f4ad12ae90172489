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
        ("postgresql://me:@host/x", "postgresql://me@host/x"),
        ("postgresql://:secret@host/x", "postgresql://host/x"),
        ("postgresql://me:se:c/r?et@host/x", "postgresql://me@host/x"),
        ("postgresql://u@x:secret@127.0.0.1:1/d", "postgresql://u@x@127.0.0.1:1/d"),
        ("postgresql://me:secret@[::1]:5432/x", "postgresql://me@[::1]:5432/x"),
        ("postgresql+psycopg://me:secret@/x?host=a:1&host=b:2", "postgresql+psycopg://me@/x"),
        *[
            (f"postgresql://me@host/x?{name}=secret&b=1", "postgresql://me@host/x")
            for name in ("password", "passwd", "PASSWORD", "sslpassword", "p%61ssword")
        ],
        # Read in one way the password ends sooner, in another later.
        ("postgresql://me:secret@t@host/x", "postgresql://…"),
        ("postgresql://me:sec@ret?x@host/x", "postgresql://…"),
        ("postgresql://me@host/x?password=secret@t", "postgresql://…"),
        ("postgresql://me:secret/x", "postgresql://…"),
        ("postgresql://me:secret#@host/x#@y", "postgresql://…"),
        ("postgresql:me:secret@host", "…"),
    ],
)
def test_a_password_is_not_shown(url: str, label: str) -> None:
    assert Place(url).label == label


def test_a_file_is_shown_by_its_name() -> None:
    assert Place(FILE).label == "study 1.db"


@pytest.mark.parametrize(
    "said",
    [
        "cannot use conninfo password=p@s's",
        "cannot use postgresql://me:p%40s's@host/x",
        r"cannot use password='p@s\'s'",
        "no host named sec+ret",
        "no host named sec ret",
    ],
)
def test_what_others_say_is_not_shown_with_the_password(said: str) -> None:
    assert not Place("postgresql://me:p%40s's@host/x?sslpassword=sec+ret").may_show(said)


def test_what_others_say_is_shown_without_the_password() -> None:
    said = "connection to host refused for user me"
    assert Place("postgresql://me:p%40ss@host/x").may_show(said)
    assert Place("postgresql://me@host/x").may_show(said)
    assert Place(FILE).may_show(said)
    assert not Place("postgresql://me:e@host/x").may_show(said)
    assert not Place("postgresql://me:p@ss@host/x").may_show(said)  # nobody knows what the password is
