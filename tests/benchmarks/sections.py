"""One benchmark's result as Markdown, printed and kept for ``report.py``."""

from __future__ import annotations

from collections.abc import Sequence

from environments import BENCH

RESULTS = BENCH / "results"
WHOLE_FROM = 100
"""Numbers from here on are printed without decimals."""


def table(header: Sequence[str], rows: Sequence[Sequence[str | float]]) -> str:
    """A Markdown table; the first column is text, the others are right-aligned."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def save(name: str, title: str, *paragraphs: str) -> None:
    """Print a section and keep it under ``name``."""
    text = "\n\n".join([f"### {title}", *paragraphs]) + "\n"
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text, "utf-8")
    print(f"\n{text}", flush=True)


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= WHOLE_FROM else f"{value:.3g}"
