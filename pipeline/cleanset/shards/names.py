"""Names of shards: short, distinct, and the same wherever the tree lies and in whatever order inputs are given."""

from __future__ import annotations

from collections.abc import Sequence


def distinct_names(paths: Sequence[str]) -> list[str]:
    """For each path its last part, or as many of its last parts as tell it from every other path.

    ``paths`` are distinct, with forward slashes. ``a/0.tar`` and ``b/0.tar`` keep these names;
    ``c/1.tar`` is ``1.tar``.
    """
    parts = [path.replace("://", "/").strip("/").split("/") for path in paths]
    names = [""] * len(paths)
    groups = [list(range(len(paths)))]
    depth = 0
    while groups:
        depth += 1
        groups = [split for group in groups for split in _split(group, parts, names, depth)]
    return names


def _split(group: list[int], parts: list[list[str]], names: list[str], depth: int) -> list[list[int]]:
    """Names the members of a group that ``depth`` parts tell apart; gives back the groups of those that they do not."""
    by_name: dict[str, list[int]] = {}
    for index in group:
        names[index] = "/".join(parts[index][-depth:])
        by_name.setdefault(names[index], []).append(index)
    deepest = max((len(parts[index]) for index in group), default=0)
    return [same for same in by_name.values() if len(same) > 1 and depth < deepest]
