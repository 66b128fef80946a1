"""Names of shards: short, distinct, and the same wherever the tree lies and in whatever order inputs are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count

from cleanset.shards.columns import clean


def distinct_names(paths: Sequence[str], kept: Mapping[str, str] | None = None) -> list[str]:
    r"""For each path its last part, or as many of its last parts as tell it from every other path.

    ``paths`` are distinct, with forward slashes. ``a/0.tar`` and ``b/0.tar`` keep these names; ``c/1.tar`` is
    ``1.tar``. Where all parts do not tell it from another, a number does: ``a/0.tar~2``. Bytes that are not UTF-8
    become ``\udcNN``.

    Args:
        paths: what is to be named.
        kept: names that some of the paths, and maybe others, have already. They stay, whatever joins them.
    """
    kept = kept or {}
    names = [kept.get(path, "") for path in paths]
    taken = {name for name in names if name}
    parts = [clean(path.replace("://", "/").strip("/")).split("/") for path in paths]
    groups = [[index for index, name in enumerate(names) if not name]]
    depth = 0
    while groups:
        depth += 1
        groups = [split for group in groups for split in _split(group, parts, names, depth, taken)]
    for index in sorted((index for index, name in enumerate(names) if not name), key=paths.__getitem__):
        whole = "/".join(parts[index])
        names[index] = next(name for number in count(2) if (name := f"{whole}~{number}") not in taken)
        taken.add(names[index])
    return names


def _split(group: list[int], parts: list[list[str]], names: list[str], depth: int, taken: set[str]) -> list[list[int]]:
    """Names the members of a group that ``depth`` parts tell apart; gives back the groups of those that they do not."""
    by_name: dict[str, list[int]] = {}
    for index in group:
        by_name.setdefault("/".join(parts[index][-depth:]), []).append(index)
    alone = {name: same[0] for name, same in by_name.items() if len(same) == 1 and name not in taken}
    for name, index in alone.items():
        names[index] = name
    taken.update(alone)
    deepest = max((len(parts[index]) for index in group), default=0)
    return [same for name, same in by_name.items() if name not in alone and depth < deepest]
