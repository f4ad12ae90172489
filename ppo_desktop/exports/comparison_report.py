"""A report of a comparison, to be handed in: what was compared, the verdict, and how to repeat it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.export import caption, results_columns, results_footnote
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.verdict import verdict
from ppo_desktop.exports.code import train_command
from ppo_desktop.exports.comparisons import ExportedComparison
from ppo_desktop.exports.markup import Markup, page, table, tag
from ppo_desktop.exports.report import REPEATED, made_here
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.ppo.messages import grouped

_HONEST = (
    "Every value is trained with the same seeds; what is said of a difference is about pairs of runs with "
    "the same seed. It holds for these settings, these seeds and so many steps, and says nothing of others."
)


def comparison_report(subject: ExportedComparison, digest: Digest, figures: Iterable[Markup]) -> str:
    """Return the report of a comparison as an HTML page.

    Args:
        subject: The comparison.
        digest: What is known of it.
        figures: Its curves and results.
    """
    comparison = subject.comparison
    engine = next((record.end.engine for _, record in subject.runs if record.end is not None), COMPILED)
    title = comparison.title or f"{comparison.field_label} in {comparison.environment_id}"
    return page(
        title,
        tag("p", caption(digest, engine, datetime.date.today())),
        tag("h2", "Verdict"),
        *(tag("p", sentence) for sentence in verdict(digest)),
        tag("ul", *(tag("li", statement.text) for statement in digest.statements)),
        tag("p", _HONEST, css="muted"),
        tag("h2", "Results"),
        *_results(digest),
        tag("h2", "Figures"),
        tag("div", *figures, css="figures"),
        tag("h2", "Runs"),
        _runs(subject),
        tag("h2", "How to repeat it"),
        *_repeated(subject, engine),
    )


def _results(digest: Digest) -> Iterator[Markup]:
    """Yield a column for each variant, and what the numbers are."""
    header, *rows = (column for _, column in results_columns(digest))
    yield table(header, rows)
    yield tag("p", results_footnote(digest), css="muted")


def _runs(subject: ExportedComparison) -> Markup:
    """Return every run that has begun, with how it ended and its fingerprint."""
    comparison = subject.comparison
    rows = [
        (
            comparison.variants[key.variant].short_label,
            str(key.seed),
            grouped(record.steps),
            FINAL_RETURN.write(FINAL_RETURN.of(record, record.bins_done), comparison.environment_id),
            "still learning" if record.end is None else record.end.reason.label,
            "" if record.end is None else record.end.parameters_sha256,
        )
        for key, record in subject.runs
    ]
    fingerprint = "Fingerprint of its parameters (SHA-256)"
    return table((comparison.field_label, "Seed", "Steps", FINAL_RETURN.header, "Ended", fingerprint), rows)


def _repeated(subject: ExportedComparison, engine: str) -> Iterator[Markup]:
    comparison = subject.comparison
    yield tag("p", f"Each run by itself, here with seed 1; the others with --seed 2 to {comparison.n_seeds}:")
    commands = [
        train_command(comparison.settings(RunKey(number, 1)), engine, comparison.steps_of(number))
        for number in range(len(comparison.variants))
    ]
    yield tag("pre", "\n".join(commands))
    yield tag("p", f"{REPEATED} {made_here()}")
