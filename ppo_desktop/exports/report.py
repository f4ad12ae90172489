"""A report of a kept run, to be handed in: what it was, what came of it, and how to repeat it."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Iterable, Iterator

from ppo_desktop import __version__
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.exports.code import command_line
from ppo_desktop.exports.markup import Markup, page, table, tag
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.library import labels_of
from ppo_desktop.ppo.checkpoint import BEFORE_ROLLOUT
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.engines import ENGINE_LABELS
from ppo_desktop.ppo.environments import solved_return
from ppo_desktop.ppo.events import RETURN_WINDOW, EpisodeEnded, FinishReason
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS, DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.presets import described, nearest_preset, uncounted_fields
from ppo_desktop.runs.history import RECENT_EPISODES, History
from ppo_desktop.runs.symptoms import symptom_of

_HONEST = (
    "These are returns of the episodes with which the run learned, actions drawn from a policy that was "
    "changing. They are one run with one seed: other seeds may come to something else, and nothing follows "
    "from one run about what a hyperparameter does."
)
REPEATED = (
    "On the same kind of processor, with the same versions and the same engine, it comes to the same "
    "fingerprint. Elsewhere the last bits of numbers may differ, and with them, in time, the curves."
)


def run_report(subject: ExportedRun, history: History, figures: Iterable[Markup]) -> str:
    """Return the report of a run at a moment as an HTML page.

    Args:
        subject: The run.
        history: What had happened by then.
        figures: Its curves.

    Raises: one of `library.UNUSABLE`.
    """
    return page(
        _title(subject),
        _what_it_is(subject, history),
        tag("h2", "Results"),
        *_results(subject, history),
        tag("h2", "Curves"),
        tag("div", *figures, css="figures"),
        tag("h2", "Settings"),
        *_settings(subject),
        *_changes(subject),
        tag("h2", "How to repeat it"),
        *_repeated(subject),
    )


# ---- its parts -------------------------------------------------------------------------------------


def _title(subject: ExportedRun) -> str:
    settings = subject.settings
    own = labels_of(subject.kept.folder).name
    return own or f"{settings.environment_id}, {settings.algorithm.label}, seed {settings.seed}"


def _what_it_is(subject: ExportedRun, history: History) -> Markup:
    """Return what the run is, as facts."""
    settings, parent = subject.settings, subject.kept.journal.parent
    note = labels_of(subject.kept.folder).note
    engines = ", then ".join(ENGINE_LABELS.get(name, name) for name in subject.engines)
    facts = {
        "Environment": settings.environment_id,
        "Algorithm": settings.algorithm.label,
        "Seed": str(settings.seed),
        "Engine": engines,
        "Learnt": f"{counted(subject.update, 'update')}, {grouped(history.steps)} environment steps, "
        f"{counted(history.episodes, 'episode')}",
        "Ended": _end(subject),
        "Branch of": f"{parent.run}, after update {grouped(parent.update)}" if parent is not None else "",
        "Run": subject.kept.folder.name,
        "Note": note,
        "Report": f"{datetime.date.today().isoformat()}, PPO Desktop {__version__}",
    }
    return table((), [(name, fact) for name, fact in facts.items() if fact])


def _end(subject: ExportedRun) -> str:
    end = subject.end
    if end is None:
        return "not yet: it can go on" if subject.is_at_end else "this is a moment on its way"
    reasons = {
        FinishReason.COMPLETED: "all steps of its budget are done",
        FinishReason.SOLVED: "solved, as it was to end then",
        FinishReason.DIVERGED: "diverged: its numbers blew up",
        FinishReason.FAILED: "the environment failed",
    }
    return ": ".join(filter(None, (reasons[end.reason], end.message)))


def _results(subject: ExportedRun, history: History) -> Iterator[Markup]:
    """Yield what came of it, and what that says and does not say."""
    environment_id = subject.settings.environment_id
    last, recent = history.curve("mean_return").last, history.curve("recent_return").last
    if last is None or recent is None or history.peak is None:
        yield tag("p", "No episode had ended by then.")
        return

    def written(value: float) -> str:
        return FINAL_RETURN.write(value, environment_id)

    window = f"the last {min(RETURN_WINDOW, history.episodes)} episodes"
    best_window = f"up to {RETURN_WINDOW} episodes"
    rows = [
        (f"Mean return of {window}", written(last)),
        (f"Mean return of the last {min(RECENT_EPISODES, history.episodes)} episodes", written(recent)),
        (
            f"Highest mean return of {best_window}",
            f"{written(history.peak.mean_return)}, at {grouped(history.peak.steps)} steps",
        ),
    ]
    if (threshold := solved_return(environment_id)) is not None:
        reached = _steps_to(threshold, subject)
        rows.append(
            (
                f"Mean return of {RETURN_WINDOW} episodes of {threshold:g}: solved",
                "not reached" if reached is None else f"after {grouped(reached)} steps",
            )
        )
    yield table((), rows)
    if (symptom := symptom_of(history)) is not None:
        yield tag("p", "What the latest updates show: ", symptom.sentence)
    yield tag("p", _HONEST, css="muted")


def _steps_to(threshold: float, subject: ExportedRun) -> int | None:
    """Return the steps at which the mean return of 100 episodes first reached a threshold."""
    n_episodes = 0
    for event in subject.events():
        if isinstance(event, EpisodeEnded):
            n_episodes += 1
            if n_episodes >= RETURN_WINDOW and event.mean_return_100 >= threshold:
                return event.steps
    return None


def _settings(subject: ExportedRun) -> Iterator[Markup]:
    """Yield what was changed from the preset in words, then all values."""
    settings = subject.first_settings
    uncounted = uncounted_fields(settings.hyperparameters)
    yield tag("p", "Set up as: ", described(settings.environment_id, settings.hyperparameters, uncounted))
    preset, _ = nearest_preset(settings.environment_id, settings.hyperparameters, uncounted)
    names = [name for name in DECLARATIONS if name not in BUDGET_FIELDS or name == "total_steps"]
    rows = [
        (
            DECLARATIONS[name].label,
            _written(name, settings.hyperparameters),
            _written(name, preset.hyperparameters),
        )
        for name in names
    ]
    header = ("Hyperparameter", "At the beginning", f"Preset {preset.name}")
    changed = [
        number
        for number, (name, row) in enumerate(zip(names, rows, strict=True))
        if row[1] != row[2] and name not in uncounted
    ]
    yield table(header, rows, changed)


def _written(name: str, values: Hyperparameters) -> str:
    value: Value = getattr(values, name)
    return DECLARATIONS[name].format(value)


def _changes(subject: ExportedRun) -> Iterator[Markup]:
    """Yield what was changed on the way."""
    rows = [
        (
            grouped(change.update),
            "" if change.gradient_step == BEFORE_ROLLOUT else grouped(change.gradient_step),
            DECLARATIONS[change.name].label,
            DECLARATIONS[change.name].format(change.value),
        )
        for change in subject.changes
    ]
    yield tag("h3", "Changed on the way")
    if not rows:
        yield tag("p", "Nothing.")
        return
    yield table(("In update", "After gradient steps", "Hyperparameter", "New value"), rows)


def _repeated(subject: ExportedRun) -> Iterator[Markup]:
    """Yield the fingerprint, and how one comes to it again."""
    learnt = subject.learnt
    yield tag("p", f"Fingerprint of the parameters (SHA-256) after update {grouped(subject.update)}:")
    yield tag("pre", learnt.parameters_sha256)
    if learnt.moment.doubt:
        yield tag("p", learnt.moment.doubt)
    yield tag("p", "On the command line, what begins the same run:")
    yield tag("pre", command_line(subject))
    if subject.changes or len(subject.kept.line) > 1 or len(subject.engines) > 1:
        yield tag("p", "And with this run in the library, a program that does all of it again, changes too:")
        run = f"{subject.kept.folder.name}@{subject.update}"
        yield tag("pre", f"ppo-desktop runs export {run} --to python")
    yield tag("p", "With this run in the library, in Python:")
    yield tag("pre", _call(subject))
    yield tag("p", f"{REPEATED} {made_here()}")


def made_here() -> str:
    """Return with what a report was made, in a sentence."""
    machine = f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    return f"This report was made with PPO Desktop {__version__} on {machine}."


def _call(subject: ExportedRun) -> str:
    return (
        "from ppo_desktop import library\n\n"
        f"kept = library.open_run({subject.kept.folder.name!r})\n"
        f"trainer = kept.restore({subject.update})\n"
        "print(trainer.parameters_sha256())"
    )
