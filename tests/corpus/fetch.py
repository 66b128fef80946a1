#!/usr/bin/env python3
"""Builds the real corpus: images of Debian and PyPI packages, each with the license that its package declares.

Packages are downloaded and read, never installed or run. Below --out come ``images/PACKAGE/INSTALLED-PATH``, byte for
byte, and ``images.csv`` with a row for each. A package that is there already is not read again, so an interrupted run
resumes.
"""

from __future__ import annotations

import argparse
import csv
import fcntl
import hashlib
import io
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path, PurePosixPath

from PIL import Image

import archives
import dep5
import recipe
from archives import NotOfferedError, Store, UnavailableError
from recipe import Package

MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"GIF87a", b"GIF89a", b"RIFF", b"BM", b"II*\0", b"MM\0*")
FEWEST_IMAGES = 5_000
FEWEST_PACKAGES = 25


@dataclass(frozen=True, slots=True)
class Row:
    """One image of the corpus: a row of images.csv. Width, height and format are empty when the header is damaged."""

    path: str
    package: str
    version: str
    registry: str
    installed_path: str
    sha256: str
    bytes: int
    width: int | None
    height: int | None
    format: str
    license: str
    license_match: str
    license_pattern: str
    license_note: str
    copyright: str
    comment: str
    source_url: str
    homepage: str


COLUMNS = [f.name for f in fields(Row)]


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of one package.

    Attributes:
        package: its entry in the recipe.
        files: installed path -> SHA-256, hex, of the only images wanted; None for all that the recipe takes.
    """

    package: Package
    files: Mapping[str, str] | None = None

    @property
    def digest(self) -> str:
        """Changes when the package's entry, the list of files or the columns of images.csv change."""
        files = sorted(self.files.items()) if self.files is not None else None
        return hashlib.sha256(f"{self.package.digest}\n{files}\n{COLUMNS}".encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Contents:
    """What the corpus takes out of one archive."""

    images: Mapping[str, bytes]
    copyright_text: str
    links: Mapping[str, str]


def main() -> int:
    """Build the corpus; 0 when it is there, 1 when it lacks much, 2 when nothing can be downloaded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("corpus"), help="where it is built (default: %(default)s)")
    parser.add_argument("--cache", type=Path, help="keeps the downloads (default: OUT/cache)")
    parser.add_argument(
        "--from", dest="prepared", type=Path, action="append", default=[], help="look for downloads here first"
    )
    parser.add_argument("--small", action="store_true", help="only the small fixed part, for the tests")
    options = parser.parse_args()
    small = recipe.read_small() if options.small else None
    orders = [
        Order(package, small[package.label] if small else None)
        for package in recipe.read_packages()
        if not small or package.label in small
    ]
    store = Store(options.cache or options.out / "cache", tuple(options.prepared))
    try:
        with locked(options.out):
            rows = build(orders, store, options.out)
    except UnavailableError as reason:
        print(f"corpus: {reason}", file=sys.stderr)
        return 2
    complete = as_listed(small, rows) if small else large_enough(rows)
    return 0 if complete else 1


def build(orders: Sequence[Order], store: Store, out: Path) -> list[dict[str, str]]:
    """Build what is missing of the packages, then images.csv, which is written last and whole."""
    begun = time.monotonic()
    rows: list[dict[str, str]] = []
    for number, order in enumerate(orders, 1):
        ready = out / "packages" / f"{order.package.label}-{order.digest}.csv"
        known = ready.exists() and (out / "images" / order.package.label).is_dir()
        try:
            if not known:
                _build_package(order, store, out, ready)
        except NotOfferedError as reason:
            print(f"left out: {reason}", file=sys.stderr)
            continue
        found = list(_read_rows(ready))
        rows += found
        how = "there already" if known else f"{time.monotonic() - begun:4.0f} s"
        print(f"[{number:2}/{len(orders)}] {order.package.label:42} {len(found):5} images  {how}", flush=True)
    _write_rows(out / "images.csv", rows)
    distinct = len({row["sha256"] for row in rows})
    print(f"{len(rows):,} images, {distinct:,} distinct, of {len(orders)} packages in {out / 'images'}")
    return rows


def large_enough(rows: Sequence[Mapping[str, str]]) -> bool:
    """Whether the corpus is as large as it promises; says so if not."""
    packages = {row["package"] for row in rows}
    if len(rows) >= FEWEST_IMAGES and len(packages) >= FEWEST_PACKAGES:
        return True
    found = f"{len(rows):,} images of {len(packages)} packages"
    print(f"corpus: {found}, expected at least {FEWEST_IMAGES:,} of {FEWEST_PACKAGES}", file=sys.stderr)
    return False


def as_listed(small: Mapping[str, Mapping[str, str]], rows: Sequence[Mapping[str, str]]) -> bool:
    """Whether every image of the small part is there with the bytes that are listed; says so if not."""
    listed = {(package, path, digest) for package, files in small.items() for path, digest in files.items()}
    lacking = sorted(listed - {(row["package"], row["installed_path"], row["sha256"]) for row in rows})
    if lacking:
        package, path, _ = lacking[0]
        what = f"{len(lacking)} of {len(listed)} images are missing or differ from small.csv"
        print(f"corpus: {what}, first {path} of {package}", file=sys.stderr)
    return not lacking


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Only one process builds below ``out`` at a time; the others wait and then find it done."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build_package(order: Order, store: Store, out: Path, ready: Path) -> None:
    """Write a package's images under a temporary name, rename the folder, then write its rows, which mark it done."""
    package = order.package
    archive = store.obtain(package)
    contents = _read_archive(archive, order)
    text = contents.copyright_text or _text_of_linked_package(contents, package, store)
    partial, final = (out / "images" / name for name in (f".partial-{package.label}", package.label))
    shutil.rmtree(partial, ignore_errors=True)
    for path, content in contents.images.items():
        target = partial / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    shutil.rmtree(final, ignore_errors=True)
    partial.rename(final)
    rows = [asdict(row) for row in describe(package, contents.images, text, archives.control(archive))]
    _write_rows(ready, rows)


def _read_archive(archive: Path, order: Order) -> Contents:
    """The images that are ordered, the copyright file, and every symbolic link."""
    images: dict[str, bytes] = {}
    links: dict[str, str] = {}
    text = ""
    for member in archives.members(archive):
        if member.content is None:
            links[member.path] = member.target
        elif member.path == f"usr/share/doc/{order.package.name}/copyright":
            text = member.content.decode("utf-8", "replace")
        elif _is_ordered(order, member.path, member.content):
            images[member.path] = member.content
    return Contents(images, text, links)


def _is_ordered(order: Order, path: str, content: bytes) -> bool:
    if order.files is not None:
        return path in order.files
    if not dep5.IMAGE_NAME.search(path) or not order.package.wants(path) or not content.startswith(MAGIC):
        return False
    width, height, _ = _measure(content)
    return not width or not height or min(width, height) >= order.package.min_side


def _text_of_linked_package(contents: Contents, package: Package, store: Store) -> str:
    """The copyright file of the package to which this one's documentation folder is a link; empty if it is none."""
    linked = PurePosixPath(contents.links.get(f"usr/share/doc/{package.name}", "")).name
    if not linked:
        return ""
    other = Package(package.registry, linked, package.version)
    return _read_archive(store.obtain(other), Order(other, files={})).copyright_text


def describe(
    package: Package, images: Mapping[str, bytes], copyright_text: str, control: Mapping[str, str]
) -> Iterator[Row]:
    """A row for each image, with what the package declares about it."""
    machine_readable = dep5.parse(copyright_text)
    for path, content in sorted(images.items()):
        width, height, form = _measure(content)
        declared = _declared(package, machine_readable, copyright_text, path)
        yield Row(
            path=f"images/{package.label}/{path}",
            package=package.label,
            version=control.get("Version", package.version),
            registry=package.registry,
            installed_path=path,
            sha256=hashlib.sha256(content).hexdigest(),
            bytes=len(content),
            width=width,
            height=height,
            format=form,
            license=declared.license,
            license_match=declared.match,
            license_pattern=declared.pattern,
            license_note=declared.note,
            copyright=declared.holders,
            comment=declared.comment,
            source_url=machine_readable.source if machine_readable else dep5.first_url(copyright_text),
            homepage=control.get("Homepage", package.homepage),
        )


def _declared(package: Package, machine_readable: dep5.Copyright | None, text: str, path: str) -> dep5.Declared:
    if package.license:
        return dep5.Declared(license=package.license, match="package")
    if machine_readable:
        return machine_readable.declared(path, package.source_path)
    return dep5.Declared(match="freeform" if text else "none", note=" ".join(text.split())[: dep5.NOTE_LENGTH])


def _measure(content: bytes) -> tuple[int | None, int | None, str]:
    """Width, height and format from the header, without decoding; nothing when the header cannot be read."""
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # the size is only read, so a huge one costs nothing
    try:
        with Image.open(io.BytesIO(content)) as image:
            return image.width, image.height, image.format or ""
    except (OSError, SyntaxError, ValueError):
        return None, None, ""
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _read_rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _write_rows(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write a CSV file under a temporary name, then rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{path.name}")
    with partial.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    partial.rename(path)


if __name__ == "__main__":
    sys.exit(main())
