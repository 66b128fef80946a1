"""Shards among files: what an INPUT holds, which files belong together, and which profile fits."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cleanset.errors import InputError
from cleanset.shards import profiles, storage
from cleanset.shards.downloaded import leave_out_downloaded
from cleanset.shards.names import distinct_names
from cleanset.shards.sample import Kind, Shard
from cleanset.shards.tree import Tree, shards_of, split_folder
from cleanset.stores import reaching
from cleanset.trouble import patiently

FILES_PER_SHARD = 2_000
"""Images in one part of a folder."""
MAX_PARTS = 128
"""Parts of one folder: each reads the folder's metadata tables again, so a huge folder has larger parts instead."""
APPLE_DOUBLE = "._"
"""Begins the name of a file in which macOS keeps what other file systems have no room for."""
CACHES = frozenset({"__MACOSX", ".cache", ".git", ".ipynb_checkpoints", ".thumbnails"})
"""Folders of tools; other hidden folders are read."""


@dataclass(frozen=True, slots=True)
class Found:
    """The shards of a run, ordered by name, and what the person who started it should know about them.

    Attributes:
        shards: ordered by name.
        notes: what was noted on the way.
        given: the inputs that were named, sorted, local ones as absolute paths.
        profile: the name of the profile that was asked for, or ``AUTO``.
    """

    shards: tuple[Shard, ...]
    notes: tuple[str, ...]
    given: tuple[str, ...] = ()
    profile: str = profiles.AUTO


def find_shards(inputs: Sequence[str], profile: str = profiles.AUTO, names: Mapping[str, str] | None = None) -> Found:
    """The shards of all inputs together; each file is in one shard only, however often it is named.

    An input is a folder (walked; caches of tools and links to folders are left aside), a glob, a file, or an
    fsspec URL of one of these. Names and order of the shards do not depend on the order of the inputs.

    Args:
        inputs: at least one.
        profile: the name of a profile for all of them, or ``AUTO``.
        names: of shards that the run knows, by path: they keep them when others join.

    Raises:
        InputError: nothing lies at an input, nothing in it can be read, or no profile fits its columns.
        ConfigError: no profile has that name.
    """
    forced = None if profile == profiles.AUTO else profiles.named(profile)
    notes: list[str] = []
    drafts: list[Shard] = []
    taken: set[str] = set()
    for tree in _merged(_tree_at(given) for given in inputs):
        new = tuple(path for path in tree.files if path not in taken)
        found, said = shards_of(replace(tree, files=new), forced)
        taken.update(new, *(shard.files for shard in found))
        drafts += found
        notes += said
    drafts, said = leave_out_downloaded(drafts)
    if not drafts:
        raise InputError(_nothing(inputs, notes))
    shards = sorted(_parts(_named(drafts, names)), key=lambda shard: shard.name)
    return Found(tuple(shards), (*_took(shards), *notes, *said), _given(inputs), profile)


def _given(inputs: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({given if "::" in given else storage.normalize(given) for given in inputs}))


def _merged(trees: Iterable[Tree]) -> list[Tree]:
    """One tree per root, outer roots first, so that what belongs together is found in whatever order it was given."""
    merged: dict[str, Tree] = {}
    for tree in trees:
        other = merged.get(tree.root, tree)
        merged[tree.root] = Tree(
            tree.root,
            tuple(sorted({*tree.files, *other.files})),
            named=tree.named | other.named,
            beside=tree.beside | other.beside,
            aside=tuple(sorted({*tree.aside, *other.aside})),
        )
    return [merged[root] for root in sorted(merged)]


def _tree_at(given: str) -> Tree:
    path = storage.normalize(given)
    with reaching(given):
        return patiently(_look_at, given, path)


def _look_at(given: str, path: str) -> Tree:
    match storage.what_is_at(path):
        case storage.Entry.FILE:
            return _tree_of_files([path])
        case storage.Entry.FOLDER:
            return _tree_of_folder(path)
        case storage.Entry.NOTHING:
            return _tree_of_matches(given, path)


def _tree_of_folder(root: str) -> Tree:
    files, aside = storage.list_tree(root)
    runs = _runs_among(files)
    aside += [f"left aside {run}: it is a run of cleanset, not an input" for run in runs]
    inside = tuple(f"{run}/" for run in runs)
    return Tree(root, tuple(path for path in _visible(files, root) if not path.startswith(inside)), aside=tuple(aside))


def _runs_among(files: Iterable[str]) -> list[str]:
    """The folders that are run directories, by what the extract stage leaves there."""
    names = set(files)
    features = {storage.parent(path) for path in names if path.endswith(".parquet")}
    runs = (folder.removesuffix("/features") for folder in features if folder.endswith("/features"))
    return sorted(run for run in runs if f"{run}/features.json" in names)


def _tree_of_matches(given: str, pattern: str) -> Tree:
    matches = storage.expand(pattern)
    if not matches:
        raise InputError(f"{given}: there is no such file or folder, and as a pattern it matches nothing")
    files = [match for match in matches if storage.what_is_at(match) is storage.Entry.FILE]
    folders = [match for match in matches if match not in set(files)]
    trees = [_tree_of_folder(folder) for folder in folders]
    inside = (path for tree in trees for path in tree.files)
    found = _tree_of_files(sorted({*files, *inside}), named=frozenset(files))
    return replace(found, aside=tuple(said for tree in trees for said in tree.aside))


def _tree_of_files(files: list[str], named: frozenset[str] | None = None) -> Tree:
    folders = sorted({storage.parent(path) for path in files})
    root = folders[0] if len(folders) == 1 else _common(folders)
    beside = {path for folder in folders for path in storage.list_folder(folder)}
    return Tree(root, tuple(files), named=frozenset(files) if named is None else named, beside=frozenset(beside))


def _common(folders: list[str]) -> str:
    store, mark, _ = folders[0].rpartition("://")
    return f"{store}{mark}{os.path.commonpath([folder.rpartition('://')[2] for folder in folders])}"


def _visible(files: Iterable[str], root: str) -> Iterator[str]:
    for path in files:
        *folders, name = storage.relative_name(path, root).split("/")
        if CACHES.isdisjoint(folders) and not name.startswith(APPLE_DOUBLE):
            yield path


def _named(drafts: list[Shard], kept: Mapping[str, str] | None) -> list[Shard]:
    ordered = sorted(drafts, key=lambda shard: shard.path)
    names = distinct_names([shard.path for shard in ordered], kept)
    return [replace(shard, name=name) for shard, name in zip(ordered, names, strict=True)]


def _parts(shards: Iterable[Shard]) -> Iterator[Shard]:
    for shard in shards:
        yield from split_folder(shard, FILES_PER_SHARD, MAX_PARTS) if shard.kind is Kind.FOLDER else (shard,)


def _took(shards: list[Shard]) -> Iterator[str]:
    for profile, count in sorted(Counter(shard.profile for shard in shards).items()):
        names = [shard.name for shard in shards if shard.profile == profile]
        which = names[0] if count == 1 else f"{count} shards ({names[0]} … {names[-1]})"
        yield f"took {which} as profile {profile}"


def _nothing(inputs: Sequence[str], notes: list[str]) -> str:
    why = f": {'; '.join(notes)}" if notes else ""
    known = "tar, tar.gz, Parquet, CSV, TSV, JSON Lines and images"
    return f"nothing to read in {', '.join(inputs)}{why}. What is read: {known}"
