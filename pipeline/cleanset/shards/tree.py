"""The shards in one input: which of its files belong together, what each is, and which profile fits it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from cleanset.errors import InputError
from cleanset.schemas import Status
from cleanset.shards import formats, profiles, sidecar, storage, table
from cleanset.shards.folder import FILE_COLUMNS, PART, file_column, read_metadata, target
from cleanset.shards.parquet import image_column, read_schema
from cleanset.shards.profiles import Profile
from cleanset.shards.sample import Kind, Shard
from cleanset.trouble import fault_of

TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz")
BESIDE_IMAGE = (".txt", ".json", ".xmp")
LOOKED_AT = 100
"""Rows of a table that are compared with the images beside it, to see whether it describes them."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of one input.

    Attributes:
        root: the folder that was given, or that holds what was given.
        files: what is to be read, sorted.
        named: files that the user named: one that cannot be read is an error, not a note.
        beside: files that lie beside them, where the input is no folder: sidecars are found there.
        aside: what was not entered, each in a sentence.
    """

    root: str
    files: tuple[str, ...]
    named: frozenset[str] = frozenset()
    beside: frozenset[str] = field(default_factory=frozenset)
    aside: tuple[str, ...] = ()


def stem_of(path: str) -> str:
    """The path of a tar or Parquet file without its suffix: what its sidecars share."""
    for suffix in (*sorted(TAR_SUFFIXES, key=len, reverse=True), ".parquet", sidecar.STATS_SUFFIX):
        if path.lower().endswith(suffix):
            return path[: -len(suffix)]
    return path


def shards_of(tree: Tree, forced: Profile | None) -> tuple[list[Shard], list[str]]:
    """The shards, still without names, and notes on what was found odd or left aside."""
    return _Sorting(tree, forced).shards()


class _Sorting:
    """One pass over the files of a tree; each file is used once."""

    def __init__(self, tree: Tree, forced: Profile | None) -> None:
        self._tree = tree
        self._forced = forced
        self._present = frozenset(tree.files) | tree.beside
        self._used: set[str] = set()
        self._unfinished: list[str] = []
        self._notes: list[str] = []

    def shards(self) -> tuple[list[Shard], list[str]]:
        tars = [self._tar(path) for path in self._left(TAR_SUFFIXES)]
        self._note_unfinished()
        layouts = list(self._files_layouts())
        folder = self._folder()
        rows = [shard for path in self._left((".parquet",)) if (shard := self._parquet(path))]
        rows += [shard for path in self._left_tables() if (shard := self._table(path))]
        self._note_unread()
        return [*tars, *layouts, *folder, *rows], [*self._tree.aside, *self._notes]

    def _note_unread(self) -> None:
        """What is of no kind that is read is told by its suffixes; hidden files are not."""
        left = [storage.base_name(path) for path in self._tree.files if path not in self._used]
        suffixes = Counter(formats.suffix_of(name) for name in left if not name.startswith("."))
        if suffixes:
            kinds = (
                f"{count} {f'.{suffix}' if suffix else 'without a suffix'}"
                for suffix, count in sorted(suffixes.items())
            )
            self._notes.append(f"left aside files of kinds that are not read: {', '.join(kinds)}")

    def _left(self, suffixes: tuple[str, ...]) -> list[str]:
        return [p for p in self._tree.files if p not in self._used and p.lower().endswith(suffixes)]

    def _left_tables(self) -> list[str]:
        return [p for p in self._tree.files if p not in self._used and table.is_table(p)]

    def _companions(self, path: str) -> list[str]:
        stem = stem_of(path)
        beside = [f"{stem}.parquet", f"{stem}{sidecar.STATS_SUFFIX}"]
        return [name for name in beside if name in self._present and name != path]

    def _tar(self, path: str) -> Shard:
        companions = self._companions(path)
        is_finished = any(name.endswith(sidecar.STATS_SUFFIX) for name in companions)
        if not is_finished:
            companions = [name for name in companions if _may_be_sidecar(name)]
            self._unfinished += [path] if companions else []
        self._used.update((path, *companions))
        profile = "img2dataset" if companions else "webdataset"
        return Shard("", Kind.WEBDATASET, path, (path, *companions), self._profile(profile))

    def _note_unfinished(self) -> None:
        if self._unfinished:
            names = [storage.relative_name(path, self._tree.root) for path in self._unfinished]
            which = names[0] if len(names) == 1 else f"{len(names)} shards ({names[0]} … {names[-1]})"
            self._notes.append(f"no {sidecar.STATS_SUFFIX} beside {which}: img2dataset did not finish, read as it is")

    def _files_layouts(self) -> Iterator[Shard]:
        """img2dataset's ``files`` layout: a folder of images beside a Parquet and a stats file of the same name."""
        stats = [path for path in self._left((sidecar.STATS_SUFFIX,)) if f"{stem_of(path)}.parquet" in self._present]
        inside: dict[str, list[str]] = {stem_of(path): [] for path in stats}
        for path in self._tree.files:
            if (folder := storage.parent(path)) in inside:
                inside[folder].append(path)
        for folder, found in inside.items():
            if found:
                files = (*found, f"{folder}.parquet", f"{folder}{sidecar.STATS_SUFFIX}")
                self._used.update(files)
                yield Shard("", Kind.FOLDER, folder, files, self._profile("img2dataset"))

    def _profile(self, found: str) -> str:
        return self._forced.name if self._forced else found

    def _folder(self) -> list[Shard]:
        images = [path for path in self._tree.files if path not in self._used and formats.is_image_name(path)]
        if not images:
            return []
        stems = {path.rpartition(".")[0] for path in images} | set(images)
        beside = [
            path
            for path in sorted(self._present - self._used)
            if path.lower().endswith(BESIDE_IMAGE) and path.rpartition(".")[0] in stems
        ]
        described = [path for path in self._metadata_tables() if self._describes(path, frozenset(images))]
        files = (*images, *beside, *described)
        self._used.update(files)
        return [Shard("", Kind.FOLDER, self._tree.root, files, self._profile("folder"))]

    def _metadata_tables(self) -> list[str]:
        left = sorted(self._present - self._used)
        return [p for p in left if table.is_table(p) or p.endswith(".parquet")]

    def _describes(self, path: str, images: frozenset[str]) -> bool:
        """Whether one of the table's first rows names one of the images, or nothing of it can be read: it may."""
        folder = storage.parent(path)
        if path.endswith(".parquet") and not self._schema_names_files(path):
            return False
        for row, number in zip(read_metadata(path), range(LOOKED_AT), strict=False):
            if number == 0 and row.status is Status.TRUNCATED:
                return True
            column = file_column(list(row.values))
            if column and f"{self._tree.root}/{target(row.values, column, folder, self._tree.root)}" in images:
                return True
        return False

    def _schema_names_files(self, path: str) -> bool:
        try:
            schema = read_schema(path)
        except ValueError:
            return False
        return image_column(schema) is None and bool(set(FILE_COLUMNS) & set(schema.names))

    def _parquet(self, path: str) -> Shard | None:
        self._used.add(path)
        companions = [name for name in self._companions(path) if name.endswith(sidecar.STATS_SUFFIX)]
        self._used.update(companions)
        try:
            schema = read_schema(path)
        except ValueError as error:
            self._notes.append(f"{storage.base_name(path)} cannot be read as Parquet: {error}")
            return self._shard(Kind.PARQUET, path, profiles.named("huggingface"))
        found = profiles.recognize(schema.names)
        if companions and sidecar.KEY in schema.names:
            found = profiles.named("img2dataset")
        if image_column(schema) is not None:
            found = found if found and found.name != "table" else profiles.named("huggingface")
            return self._shard(Kind.PARQUET, path, self._forced or found)
        return self._metadata(Kind.PARQUET, path, schema.names, found)

    def _table(self, path: str) -> Shard | None:
        self._used.add(path)
        try:
            fields = table.first_fields(path)
        except OSError as error:
            self._notes.append(f"{storage.base_name(path)} cannot be read: {fault_of(error)}")
            return self._shard(Kind.TABLE, path, profiles.named("table"))
        found = profiles.recognize(fields) or profiles.recognize_headless(fields)
        if self._forced and self._forced.header:
            fields = [*fields, *self._forced.header]
        return self._metadata(Kind.TABLE, path, fields, found)

    def _metadata(self, kind: Kind, path: str, columns: list[str], found: Profile | None) -> Shard | None:
        profile = self._forced or found
        if profile is not None and (profile is found or set(profile.url) & set(columns)):
            return self._shard(kind, path, profile)
        message = _no_profile(storage.base_name(path), columns, self._forced)
        if path in self._tree.named:
            raise InputError(message)
        self._notes.append(f"left aside {message}")
        return None

    def _shard(self, kind: Kind, path: str, profile: Profile) -> Shard:
        return Shard("", kind, path, (path,), profile.name)


def _may_be_sidecar(path: str) -> bool:
    """Whether a Parquet beside a tar may be img2dataset's: it has keys, or cannot be read, so nobody knows."""
    try:
        return sidecar.KEY in read_schema(path).names
    except ValueError:
        return True


def _no_profile(name: str, columns: list[str], forced: Profile | None) -> str:
    if not columns:
        return f"{name}: is empty, or has no column; remove it, or make it again"
    found = ", ".join(columns[:30])
    if forced:
        return (
            f"{name}: profile {forced.name} looks for a URL in {' or '.join(forced.url)}, and an image column is not "
            f"there either; columns found: {found}. Choose another profile: {', '.join(profiles.NAMES)}"
        )
    return (
        f"{name}: no profile fits its columns: {found}. Known profiles: {', '.join(profiles.NAMES)}. Rename the column "
        "of image addresses to url, that of file names to file_name, or name a profile with --profile"
    )


def split_folder(shard: Shard, per_part: int, max_parts: int) -> Iterator[Shard]:
    """Parts of a folder by its sorted paths; one with few images stays whole, and so does img2dataset's layout."""
    images = [path for path in shard.files if formats.is_image_name(path)]
    size = max(per_part, -(-len(images) // max_parts))
    if len(images) <= size or any(path.endswith(sidecar.STATS_SUFFIX) for path in shard.files):
        yield shard
        return
    tables = [path for path in shard.files if table.is_table(path) or path.endswith(".parquet")]
    beside = _by_stem(set(shard.files) - set(images) - set(tables))
    starts = range(0, len(images), size)
    edges = ["", *(storage.relative_name(images[start], shard.path) for start in starts[1:]), ""]
    for number, start in enumerate(starts):
        chosen = images[start : start + size]
        stems = dict.fromkeys(key for path in chosen for key in (path.rpartition(".")[0], path))
        files = (*chosen, *(path for stem in stems for path in beside.get(stem, ())), *tables)
        span = (edges[number], edges[number + 1])
        yield replace(shard, name=f"{shard.name}{PART}{number:05d}", files=files, span=span)


def _by_stem(paths: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        found.setdefault(path.rpartition(".")[0], []).append(path)
    return found
