"""Which license a Debian copyright file states for an image, by the machine-readable format DEP-5.

The format is Debian's "Machine-readable debian/copyright file", version 1.0. Its patterns name files of the *source*
package; what we have is the path at which a package *installs* a file. ``Declared.match`` says how sure the step
between the two was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

IMAGE_NAME = re.compile(r"\.(jpe?g|png|webp|gif|tiff?|bmp)$", re.IGNORECASE)
NOTE_LENGTH = 500
Rewrite = tuple[str, str]
"""A regular expression on an installed path, and what to put in the place of its match."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a package says about one image, verbatim.

    Attributes:
        license: the DEP-5 short name as written; empty where the package gives none.
        match: ``file``, ``stem`` (another extension), ``folder`` or ``default`` (only ``*`` applies): the kind of
            pattern that matched; ``package``: one statement for the whole package; ``freeform``: no DEP-5; ``none``.
        pattern: the pattern that matched.
        note: the text in the same paragraph, where "public-domain" is justified; cut at ``NOTE_LENGTH``.
        holders: the copyright statement.
        comment: the paragraph's comment.
    """

    license: str = ""
    match: str = "none"
    pattern: str = ""
    note: str = ""
    holders: str = ""
    comment: str = ""


@dataclass(frozen=True)
class Rule:
    """One pattern of one ``Files`` paragraph, with what that paragraph states."""

    pattern: str
    license: str
    note: str
    holders: str
    comment: str

    @property
    def kind(self) -> str:
        """``default``, ``folder`` or ``file``: how much of a path the pattern fixes."""
        if self.pattern == "*":
            return "default"
        return "folder" if re.search(r"[*?]", self.pattern.rpartition("/")[2]) else "file"

    @cached_property
    def whole(self) -> re.Pattern[str]:
        """The pattern as a regular expression on a whole source path."""
        return _regular_expression(self.pattern)

    @cached_property
    def without_extension(self) -> re.Pattern[str] | None:
        """The same without the extension, for a literal image name: upstream re-encodes pictures under their names."""
        literal_image = self.kind == "file" and IMAGE_NAME.search(self.pattern)
        return _regular_expression(_stem(self.pattern)) if literal_image else None

    def matches(self, source_path: str) -> str | None:
        """How the pattern matches a source path: its kind, ``stem``, or None when it does not."""
        if self.whole.match(source_path):
            return self.kind
        if self.without_extension and self.without_extension.match(_stem(source_path)):
            return "stem"
        return None

    def declare(self, match: str) -> Declared:
        """What the paragraph states, for a path that matched this way."""
        return Declared(self.license, match, self.pattern, self.note, self.holders, self.comment)


@dataclass(frozen=True, slots=True)
class Copyright:
    """A machine-readable copyright file.

    Attributes:
        source: where the package says that its source comes from.
        rules: in the order of the file; of those that match a path, the last one counts.
    """

    source: str
    rules: tuple[Rule, ...]

    def declared(self, installed_path: str, rewrites: Sequence[Rewrite] = ()) -> Declared:
        """What the file states about an installed image.

        With ``rewrites`` the source path is known, and the last rule that matches it counts, as DEP-5 has it. Without,
        the last rule that matches any tail of the installed path counts, and ``*`` only where no other does.
        """
        paths = [_rewritten(installed_path, rewrites)] if rewrites else list(_tails(installed_path))
        found = Declared()
        for rule in self.rules:
            if not rewrites and rule.pattern == "*" and found.match not in {"none", "default"}:
                continue
            match = next((m for m in map(rule.matches, paths) if m), None)
            if match:
                found = rule.declare(match)
        return found


def parse(text: str) -> Copyright | None:
    """The rules of a copyright file; None when it is free-form text."""
    fields = list(_paragraphs(text))
    header = fields[0] if fields else {}
    form = header.get("format", header.get("format-specification", ""))
    if "copyright-format" not in form and "dep5" not in form.lower():
        return None
    rules = tuple(rule for paragraph in fields if "files" in paragraph for rule in _rules(paragraph))
    return Copyright(_one_line(header.get("source", "")), rules)


def first_url(text: str) -> str:
    """The first web address in a free-form copyright file, where it says whence it was downloaded; empty if none."""
    found = re.search(r"https?://[^\s<>\"')]+", text)
    return found.group().rstrip(".,") if found else ""


def _rules(paragraph: dict[str, str]) -> Iterator[Rule]:
    """The rules of a ``Files`` paragraph, less those for the packaging itself."""
    short_name, _, note = paragraph.get("license", "").partition("\n")
    holders = "; ".join(line.strip() for line in paragraph.get("copyright", "").splitlines() if line.strip())
    for pattern in paragraph["files"].split():
        plain = pattern.removeprefix("./")
        if not plain.startswith("debian/"):
            comment = _one_line(paragraph.get("comment", ""))
            yield Rule(plain, short_name.strip(), _one_line(note)[:NOTE_LENGTH], holders, comment)


def _paragraphs(text: str) -> Iterator[dict[str, str]]:
    """The paragraphs of a control file, names in lower case, continuation lines kept apart by line ends."""
    fields: dict[str, str] = {}
    name = ""
    for line in [*text.splitlines(), ""]:
        if not line.strip():
            if fields:
                yield fields
            fields, name = {}, ""
        elif line[0] in " \t":
            if name:
                fields[name] += "\n" + line[1:]
        elif line[0] != "#" and ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()


def _regular_expression(pattern: str) -> re.Pattern[str]:
    """A DEP-5 pattern: ``*`` and ``?`` also match slashes, a backslash escapes."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(p) or re.escape(p[-1]) for p in parts) + r"\Z", re.DOTALL)


def _rewritten(path: str, rewrites: Sequence[Rewrite]) -> str:
    """The path after the first rewrite that matches it."""
    for pattern, replacement in rewrites:
        if re.search(pattern, path):
            return re.sub(pattern, replacement, path, count=1)
    return path


def _tails(path: str) -> Iterator[str]:
    """The path below each of its folders, longest first."""
    parts = path.split("/")
    return ("/".join(parts[i:]) for i in range(len(parts)))


def _stem(path: str) -> str:
    return re.sub(r"\.\w{2,4}$", "", path)


def _one_line(text: str) -> str:
    return " ".join(text.split())
