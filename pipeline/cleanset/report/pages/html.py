"""Pieces of a page. Whatever comes from a stranger is escaped here, so it stays text wherever it stands."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import NewType

from cleanset.report.lines import printable

Markup = NewType("Markup", str)
"""HTML that is safe to put into a page; ``str`` is text that is not."""

STYLE = """\
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --faint: #57606a; --line: #d0d7de; --soft: #f3f5f7;
  --bar: #2f6f4f; --drop: #8a3b2f; --link: #0a58a8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --paper: #14171a; --faint: #a3acb5; --line: #3a4149;
  --soft: #1d2226; --bar: #5fb98a; --drop: #e08a78; --link: #7db7f0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .25rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; padding: 0; }
.note { color: var(--faint); max-width: 48rem; }
.skip { position: absolute; left: -999rem; } .skip:focus { left: 1rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; }
caption { text-align: left; color: var(--faint); padding-bottom: .25rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); }
td { overflow-wrap: break-word; } td:nth-last-child(-n+2) { overflow-wrap: anywhere; }
th { font-weight: 600; } thead th { white-space: nowrap; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td:has(.bar) { width: 30%; min-width: 6rem; }
.bar { display: block; height: .8rem; min-width: 1px; background: var(--faint); border-radius: 2px; }
.bar.dropped { background: var(--drop); }
.bar.kept { background: var(--bar); }
code, .mono { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; } .kept-word { color: var(--bar); } .dropped-word { color: var(--drop); }
article { border-top: 2px solid var(--line); padding-top: .5rem; margin-top: 2rem; }
article:target { background: var(--soft); padding: 1rem; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 1rem;
  padding: 0; list-style: none; }
.gallery li { border: 1px solid var(--line); padding: .5rem; font-size: .9rem; overflow-wrap: anywhere; }
.gallery img { width: 100%; aspect-ratio: 1; object-fit: contain; background: var(--soft); }
@media print { nav, .skip { display: none; } body { max-width: none; padding: 0; } a { color: inherit; } }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
"""


def text(value: object) -> Markup:
    """Anything, as text that shows what it is: markup is escaped and control characters are ``?``."""
    return Markup(html.escape(printable(str(value))))


def join(parts: Iterable[Markup], between: str = "") -> Markup:
    """The pieces one after another."""
    return Markup(between.join(parts))


def element(name: str, *content: Markup, **attributes: str | None) -> Markup:
    """``<name attributes>content</name>``; an attribute that is None is left out, ``class_`` gives ``class``."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(printable(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{given}>{''.join(content)}</{name}>")


def link(target: str, *content: Markup) -> Markup:
    """A link to a page of this report. Addresses of strangers are shown as text and never linked."""
    return element("a", *content, href=target)


def table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[Markup]], numbers: Sequence[int] = (0,)
) -> Markup:
    """A table; the columns ``numbers`` are aligned as numbers. Of no rows, a sentence."""
    lines = [
        element("tr", *(element("td", cell, class_="number" if at in numbers else None) for at, cell in enumerate(row)))
        for row in rows
    ]
    if not lines:
        return element("p", text(f"{caption}: none."), class_="note")
    top = element(
        "tr",
        *(
            element("th", text(h), scope="col", class_="number" if at in numbers else None)
            for at, h in enumerate(heads)
        ),
    )
    whole = element("table", element("caption", text(caption)), element("thead", top), element("tbody", *lines))
    return element("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption)


def bar(part: int, whole: int, kind: str = "") -> Markup:
    """A bar that shows a share of a whole; the number stands beside it, so it says nothing to a screen reader."""
    share = 100 * part / whole if whole else 0
    return element("span", class_=f"bar {kind}".strip(), style=f"width: {share:.2f}%", aria_hidden="true")


def section(name: str, title: str, *content: Markup) -> Markup:
    """A part of a page that links lead to."""
    heading = element("h2", text(title), id=f"{name}-title")
    return element("section", heading, *content, id=name, aria_labelledby=f"{name}-title")


def page(title: str, *content: Markup, navigation: Markup = Markup("")) -> str:
    """The whole document, self-contained."""
    policy = "default-src 'none'; img-src data: 'self'; style-src 'unsafe-inline'"
    head = "".join(
        [
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            element("title", text(title)),
            element("style", Markup(STYLE)),
        ]
    )
    skip = element("a", text("To the content"), href="#content", class_="skip")
    return (
        f'<!doctype html>\n<html lang="en">\n<head>{head}</head>\n<body>\n{skip}'
        f'{navigation}<main id="content">\n{"".join(content)}</main>\n</body>\n</html>\n'
    )
