"""A small tree of an HTML page, read by the standard library's parser, for tests to look into."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})


class Node:
    """An element: its tag, attributes, children (elements and text) and the element around it."""

    def __init__(self, tag: str, attrs: dict[str, str], parent: Node | None) -> None:
        self.tag, self.attrs, self.parent = tag, attrs, parent
        self.children: list[Node | str] = []

    def walk(self) -> Iterator[Node]:
        """This element and all below it, in document order."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    @property
    def text(self) -> str:
        """All text below, as a reader of the page gets it."""
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    def all(self, tag: str = "", *, cls: str = "") -> list[Node]:
        """The elements below with this tag and class."""
        return [
            node
            for node in self.walk()
            if (not tag or node.tag == tag)
            and (not cls or cls in node.attrs.get("class", "").split())
        ]

    def one(self, tag: str = "", *, cls: str = "") -> Node:
        """The first element below with this tag and class."""
        return self.all(tag, cls=cls)[0]

    def by_id(self, wanted: str) -> Node:
        """The one element with this id."""
        (found,) = [node for node in self.walk() if node.attrs.get("id") == wanted]
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.at = Node("", {}, None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute stands twice in <{tag}>: {names}"
        node = Node(tag, {name: value or "" for name, value in attrs}, self.at)
        self.at.children.append(node)
        if tag not in VOID:
            self.at = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.at.tag == tag, f"</{tag}> closes <{self.at.tag}>"
        assert self.at.parent is not None
        self.at = self.at.parent

    def handle_data(self, data: str) -> None:
        children = self.at.children
        if children and isinstance(children[-1], str):
            children[-1] += data
        else:
            children.append(data)


def read(page: bytes) -> Node:
    """The tree of a page; raises AssertionError where elements do not nest."""
    reader = _Reader()
    reader.feed(page.decode())
    reader.close()
    assert reader.at is reader.root, f"<{reader.at.tag}> is not closed"
    return reader.root
