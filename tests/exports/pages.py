"""What stands in an HTML page, as a browser reads it."""

from __future__ import annotations

from html.parser import HTMLParser

_ALONE = {"meta", "br", "img", "link"}


class Page(HTMLParser):
    """Reads a page and fails where tags do not match.

    Attributes:
        tags: Every tag with its attributes.
        text: All text, a line for each piece.
    """

    def __init__(self, contents: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[str] = []
        self._open: list[str] = []
        self.feed(contents)
        self.close()
        assert self._open == []

    @property
    def text(self) -> str:
        return "\n".join(self.pieces)

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _ALONE:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


def assert_needs_nothing_else(page: Page) -> None:
    """Fail where a page runs something, or asks for something from elsewhere."""
    for tag, attributes in page.tags:
        assert tag not in {"script", "iframe", "object", "embed", "link", "base", "form", "audio", "video"}
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name not in {"src", "srcset", "action", "data", "background"}
            assert "href" not in name or str(value).startswith("#")
            assert "http" not in str(value)
    style = " ".join(page.pieces)
    assert "@import" not in style
