"""Studies kept as files: listed, renamed, copied and deleted."""

from __future__ import annotations

import os
import sqlite3
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppo_desktop import user_files
from ppo_desktop.study import library, sqlite_file
from ppo_desktop.study.attributes import PLAN as PLAN_ATTRIBUTE
from ppo_desktop.study.place import Place, StudyExists, StudyInUse, UnreadableStudy
from ppo_desktop.study.storage import open_study
from ppo_desktop.study.trials import TrialState
from tests.studies import begin, closing, do, elsewhere, new_study


@pytest.fixture
def folder() -> Path:
    """Where studies are kept."""
    return user_files.studies_folder()


@pytest.fixture
def small() -> Path:
    """The file of a study with two trials, one of them failed."""
    with new_study() as study:
        do(study)
        study.end(begin(study), TrialState.FAILED, reason="Its numbers blew up.")
        assert isinstance(study.place.location, Path)
        return study.place.location


def names(folder: Path) -> list[str]:
    """Return the names of files in a folder."""
    return sorted(path.name for path in folder.iterdir() if path.is_file())


# ---- listed


def test_a_study_is_listed_with_what_it_is(folder: Path, small: Path) -> None:
    (kept,) = library.kept_studies(folder)
    assert (kept.path, kept.name, kept.problem) == (small, "Small", "")
    assert (kept.environment_id, kept.n_trials) == ("CartPole-v1", 2)
    assert 0 <= (datetime.now() - kept.changed).total_seconds() < 3600


def test_trials_that_have_not_ended_or_were_interrupted_do_not_count(folder: Path) -> None:
    with new_study() as study:
        study.end(begin(study), TrialState.INTERRUPTED)  # it waits
        begin(study)
        (kept,) = library.kept_studies(folder)
        assert kept.n_trials == 0
        study.end(begin(study), TrialState.FAILED, reason="Its numbers blew up.")
        (kept,) = library.kept_studies(folder)
        assert kept.n_trials == 1 == sum(trial.state.is_done for trial in study.trials())


def test_the_study_changed_last_comes_first(folder: Path, small: Path) -> None:
    library.copy(small, "Older")
    os.utime(folder / "Older.db", (1000, 1000))
    assert [kept.name for kept in library.kept_studies(folder)] == ["Small", "Older"]
    os.utime(small, (500, 500))
    assert [kept.name for kept in library.kept_studies(folder)] == ["Older", "Small"]


def test_without_a_folder_there_are_no_studies(tmp_path: Path) -> None:
    assert list(library.kept_studies(tmp_path / "none")) == []


def test_what_cannot_be_opened_is_listed_with_the_reason(folder: Path, small: Path) -> None:
    (folder / "letter.db").write_bytes(b"Dear study")
    with sqlite_file.writing(library.copy(small, "Foreign")) as connection:
        connection.execute("DELETE FROM study_user_attributes WHERE key = ?", (PLAN_ATTRIBUTE,))
    with sqlite_file.writing(library.copy(small, "Empty")) as connection:
        connection.execute("DELETE FROM studies")
    problems = {kept.name: kept.problem for kept in library.kept_studies(folder)}
    assert problems == {
        "Small": "",
        "letter": "letter.db is not a study.",
        "Foreign": "It was not made by PPO Desktop.",
        "Empty": "Empty.db holds no study.",
    }


def test_a_locked_file_does_not_keep_the_list_waiting(folder: Path, small: Path) -> None:
    connection = sqlite3.connect(small, isolation_level=None)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    (kept,) = library.kept_studies(folder)
    assert (kept.name, kept.problem[:19]) == ("Small", "Small.db is in use,")
    connection.close()


# ---- names


@given(st.text(min_size=1, max_size=120))
def test_any_name_stays_in_the_folder_under_a_name_all_systems_take(name: str) -> None:
    path = library.path_for(Path("studies"), name)
    assert path.parent == Path("studies")
    assert path.suffix == ".db"
    assert len(path.name.encode()) <= 255
    assert not path.name.startswith((".", " "))
    assert not set(path.stem) & set('<>:"/\\|?*\0\n')


@given(st.text(min_size=1, max_size=120), st.text(min_size=1, max_size=120))
def test_other_names_have_other_files(one: str, other: str) -> None:
    assert (library.path_for(Path(), one) == library.path_for(Path(), other)) == (one == other)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("CartPole, ε and γ (2)", "CartPole, ε and γ (2).db"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd.db"),
        ("100 %", "100 %25.db"),
        (" x. ", "%20x.%20.db"),
        ("CON", "%43ON.db"),
        ("nul.gz", "%6Eul.gz.db"),
        ("aux .2", "%61ux .2.db"),
        ("LPT¹", "%4CPT¹.db"),
        ("console", "console.db"),
    ],
)
def test_a_name_is_readable_where_it_can_be(name: str, file: str) -> None:
    assert library.path_for(Path(), name).name == file


# ---- renamed


def test_a_renamed_study_is_opened_under_its_new_name(folder: Path, small: Path) -> None:
    renamed = library.rename(small, "Large / 2")
    assert names(folder) == ["Large %2F 2.db"]
    with closing(open_study(Place(renamed))) as study:
        assert study.place.name == "Large / 2"
        assert len(study.trials()) == 2


def test_a_study_is_not_renamed_to_one_that_is_there(folder: Path, small: Path) -> None:
    library.copy(small, "Other")
    with pytest.raises(StudyExists, match='There is a study "Other" already; choose another name'):
        library.rename(small, "Other")
    assert sorted(kept.name for kept in library.kept_studies(folder)) == ["Other", "Small"]


def test_a_study_may_be_renamed_to_what_it_is_called(small: Path) -> None:
    assert library.rename(small, "Small") == small
    assert small.exists()


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\tb"])
def test_what_is_no_name_is_refused(small: Path, name: str) -> None:
    with pytest.raises(UnreadableStudy, match="A study needs a name"):
        library.rename(small, name)
    with pytest.raises(UnreadableStudy, match="A study needs a name"):
        library.copy(small, name)


def test_a_file_has_one_name_at_every_moment(
    folder: Path, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    replace = Path.replace

    def look_and_replace(path: Path, target: Path) -> Path:
        seen.append([name for name in names(folder) if (folder / name).stat().st_size])
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", look_and_replace)
    monkeypatch.delattr(os, "link")
    library.rename(small, "Other")
    assert seen == [["Small.db"]]
    assert names(folder) == ["Other.db"]


def test_a_file_that_cannot_be_moved_keeps_its_name_and_the_reason_is_told(
    folder: Path, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, target: Path) -> None:
        raise PermissionError(13, "Another program has it open", str(path))

    monkeypatch.setattr(Path, "replace", refuse)  # as on Windows
    with pytest.raises(PermissionError, match="Another program has it open"):
        library.rename(small, "Other")
    assert names(folder) == ["Small.db"]
    assert [kept.name for kept in library.kept_studies(folder)] == ["Small"]


def test_what_is_left_of_a_rename_that_was_killed_can_be_deleted(folder: Path, small: Path) -> None:
    (folder / "Other.db").touch()
    with pytest.raises(StudyExists):
        library.rename(small, "Other")
    library.delete(folder / "Other.db")
    library.rename(small, "Other")
    assert names(folder) == ["Other.db"]


# ---- copied


def test_what_others_have_left_unfinished_goes_when_it_is_old(folder: Path, small: Path) -> None:
    for name in (".0a.making", ".0b.making", ".0b.making-journal"):
        (folder / name).touch()
    for name in (".0b.making", ".0b.making-journal"):
        os.utime(folder / name, (1000, 1000))
    library.copy(small, "Other")
    assert names(folder) == [".0a.making", "Other.db", "Small.db"]


def test_a_copy_is_a_study_of_its_own(folder: Path, small: Path) -> None:
    copied = library.copy(small, "Other")
    with closing(open_study(Place(copied))) as study:
        assert study.place.name == "Other"
        do(study)
        assert len(study.trials()) == 3
    with closing(open_study(Place(small))) as study:
        assert len(study.trials()) == 2
    assert names(folder) == ["Other.db", "Small.db"]


def test_a_study_is_copied_while_it_is_worked_at() -> None:
    with new_study() as study:
        do(study)
        trial = begin(study)
        assert isinstance(study.place.location, Path)
        copied = library.copy(study.place.location, "Other")  # all of it is in the write-ahead log as yet
        with closing(open_study(Place(copied))) as copy:
            assert [seen.state for seen in copy.trials()] == [
                TrialState.COMPLETE,
                TrialState.INTERRUPTED,
                TrialState.WAITING,
            ]
        assert study.end(trial, TrialState.COMPLETE, 1.0)


def test_a_study_is_not_copied_over_another(folder: Path, small: Path) -> None:
    library.copy(small, "Other")
    before = (folder / "Other.db").read_bytes()
    with pytest.raises(StudyExists):
        library.copy(small, "Other")
    assert (folder / "Other.db").read_bytes() == before
    assert names(folder) == ["Other.db", "Small.db"]


# ---- deleted


def test_nothing_is_left_of_a_deleted_study(folder: Path, small: Path) -> None:
    library.delete(small)
    assert names(folder) == []


def test_what_a_killed_program_has_left_goes_too(folder: Path) -> None:
    with new_study() as study:
        place = study.place
    with elsewhere(place) as other:
        other.ask("begin")
        other.kill()
    assert "Small.db-wal" in names(folder)
    assert isinstance(place.location, Path)
    library.delete(place.location)
    assert names(folder) == []


def test_what_is_no_study_can_be_deleted_from_the_list(folder: Path) -> None:
    folder.mkdir()
    (folder / "letter.db").write_bytes(b"Dear study")
    library.delete(folder / "letter.db")
    assert names(folder) == []


def test_a_folder_or_nothing_is_not_deleted(folder: Path) -> None:
    (folder / "x.db").mkdir(parents=True)
    for path in (folder / "x.db", folder / "y.db"):
        with pytest.raises(UnreadableStudy):
            library.delete(path)
    assert (folder / "x.db").is_dir()


# ---- what somebody works at, or only Optuna can take apart


def test_what_is_open_here_is_neither_renamed_nor_deleted(folder: Path, small: Path) -> None:
    with closing(open_study(Place(small))) as study:
        with pytest.raises(StudyInUse, match=r"Small\.db is in use, here or in another program"):
            library.delete(small)
        with pytest.raises(StudyInUse):
            library.rename(small, "Other")
        do(study)
    (kept,) = library.kept_studies(folder)
    assert (kept.name, kept.n_trials) == ("Small", 3)


def test_what_another_program_has_open_is_neither_renamed_nor_deleted(small: Path) -> None:
    with elsewhere(Place(small, "Small")) as other:
        other.ask("tend")
        with pytest.raises(StudyInUse):
            library.delete(small)
        with pytest.raises(StudyInUse):
            library.rename(small, "Other")
        other.end()
        library.delete(small)


def test_several_studies_in_one_file_are_listed_and_left_to_optuna(folder: Path, small: Path) -> None:
    with sqlite_file.writing(small) as connection:
        connection.execute("INSERT INTO studies (study_name) VALUES ('Other')")
    assert [(kept.name, kept.n_trials) for kept in library.kept_studies(folder)] == [
        ("Small", 2),
        ("Other", 0),
    ]
    for change in (library.rename, library.copy, lambda path, _: library.delete(path)):
        with pytest.raises(UnreadableStudy, match="holds 2 studies; only Optuna can"):
            change(small, "New")
    assert small.exists()
