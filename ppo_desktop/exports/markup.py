"""HTML pages without a script and without a network: all text in them is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

_STYLE = """
:root { color-scheme: light dark; --ground: #f3f5f8; --card: #ffffff; --line: #d9dfe7; --text: #18202b;
  --muted: #5c6775; --accent: #1769e0; }
.dark { display: none; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ground: #12161c; --card: #1b2129; --line: #303945; --text: #e8edf3; --muted: #98a3b1;
    --accent: #589cff; }
  .dark { display: block; }
  .light { display: none; }
}
body { margin: 2rem auto; max-width: 62rem; padding: 0 1rem; background: var(--ground); color: var(--text);
  font: 1rem/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
h1, h2 { line-height: 1.2; }
h2 { margin-top: 2.2rem; border-bottom: 1px solid var(--line); padding-bottom: 0.2rem; }
.muted { color: var(--muted); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(24rem, 1fr)); gap: 0.5rem; }
.wide { grid-column: 1 / -1; }
svg { width: 100%; height: auto; }
table { border-collapse: collapse; background: var(--card); }
th, td { border: 1px solid var(--line); padding: 0.25rem 0.7rem; text-align: left; vertical-align: top; }
.changed td { font-weight: 600; }
pre { background: var(--card); border: 1px solid var(--line); padding: 0.7rem; white-space: pre-wrap; }
@media print {
  body { margin: 0; max-width: none; background: none; font-size: 10pt; }
  h2 { break-after: avoid; }
  figure, tr, pre { break-inside: avoid; }
  .figures { grid-template-columns: 1fr 1fr; }
}
figure { margin: 0; }
"""


class Markup(str):
    """A part of a page; any other text is escaped before it is put into one."""

    __slots__ = ()


def tag(name: str, *children: str, css: str = "") -> Markup:
    """Return an element.

    Args:
        name: Its name.
        children: What is in it.
        css: Its classes.
    """
    classes = f' class="{html.escape(css)}"' if css else ""
    return Markup(f"<{name}{classes}>{joined(children)}</{name}>")


def joined(parts: Iterable[str]) -> Markup:
    """Return parts one after the other."""
    return Markup("".join(part if isinstance(part, Markup) else html.escape(part) for part in parts))


def table(header: Sequence[str], rows: Iterable[Sequence[str]], changed: Iterable[int] = ()) -> Markup:
    """Return a table.

    Args:
        header: Words above its columns; none for a table without.
        rows: What stands below; nothing is returned where that is nothing.
        changed: Numbers of the rows that are set apart.
    """
    marked = set(changed)
    body = [
        tag("tr", *(tag("td", cell) for cell in row), css="changed" if number in marked else "")
        for number, row in enumerate(rows)
    ]
    if not body:
        return Markup()
    head = [tag("thead", tag("tr", *(tag("th", word) for word in header)))] if header else []
    return tag("table", *head, tag("tbody", *body))


def page(title: str, *parts: str) -> str:
    """Return a whole page."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"{joined((tag('h1', title), *parts))}\n</body>\n</html>\n"
    )
