"""Samples of a WebDataset tar, with or without img2dataset's sidecar.

WebDataset's rules: a member's key is its path up to the first dot of its base name, the rest in lower case is its
field; members of one key are one sample. Ours differ where theirs lose something:

- members of one key belong together also when others stand between them;
- a field that occurs again begins the sample ``KEY#2``;
- a name without a dot, or that begins with one, is looked into: an image is a sample. A hidden file that is no image
  is left out, as WebDataset does;
- a name that climbs out (``../x``, ``/x``) is a sample whose key has the climbing parts escaped (``%2E%2E/x``).

Samples come in the order of their first member, then the sidecar's rows that have no image, in its order. The headers
are read first (about 200 bytes of memory per member), contents one sample at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cleanset.schemas import Status
from cleanset.shards import formats, storage
from cleanset.shards.assembly import MAX_TEXT_BYTES, TEXT_FIELDS, Assembly, unique_key
from cleanset.shards.condition import Condition
from cleanset.shards.join import Join, open_sidecar, rows_without_image
from cleanset.shards.profiles import Profile
from cleanset.shards.sample import Sample, Shard
from cleanset.shards.tar import Member, Window, list_members

BARE = ""
"""The field of a member whose name has no dot."""


@dataclass(slots=True)
class Group:
    """The members of one sample, by field."""

    key: str
    members: dict[str, Member] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def split_name(name: str) -> tuple[str, str]:
    """Key and field of a member name."""
    folder, slash, base = name.removeprefix("./").rpartition("/")
    dots = len(base) - len(base.lstrip("."))
    stem, dot, suffix = base[dots:].partition(".")
    return f"{folder}{slash}{base[:dots]}{stem}", suffix.lower() if dot else BARE


def safe_key(key: str) -> str:
    """The key, with an empty first part and parts that are only dots escaped, so that it never climbs out."""
    if not key.startswith("/") and ".." not in key:
        return key
    parts = [part.replace(".", "%2E") if part in {".", ".."} else part for part in key.split("/")]
    return "%2F" + "/".join(parts[1:]) if parts[0] == "" and len(parts) > 1 else "/".join(parts)


def group_members(window: Window, condition: Condition) -> list[Group]:
    """The samples of the archive, in the order of their first members, with unique keys."""
    groups: list[Group] = []
    latest: dict[str, Group] = {}
    taken: dict[str, int] = {}
    for member in list_members(window):
        if member.cut or not member.name:
            condition.damaged(f"{member.name}: {member.problem}" if member.name else member.problem)
        key, suffix = split_name(member.name) if member.name else (f"bytes-at-{member.offset}", BARE)
        if _is_hidden(key) and not formats.looks_like_image(_head(window, member)):
            continue
        group = latest.get(key)
        if group is None or suffix in group.members:
            group = latest[key] = Group(unique_key(safe_key(key), taken))
            groups.append(group)
            if group.key != key:
                group.notes.append(f"read under this key; the archive says {key!r}")
        group.members[suffix] = member._replace(name="")
    if not (window.has_end_mark or condition.damage):
        condition.doubted("no end-of-archive mark, so the archive may have been cut between two files")
    return groups


def _is_hidden(key: str) -> bool:
    return key.rpartition("/")[2].startswith(".")


def _head(window: Window, member: Member) -> bytes:
    return b"" if member.problem else window.read(member.offset, min(formats.HEAD, member.size))


def read_webdataset(shard: Shard, profile: Profile, max_image_bytes: int, condition: Condition) -> Iterator[Sample]:
    """Every sample of the shard."""
    join = open_sidecar(shard, condition)
    keys: dict[str, int] = {}
    with storage.open_seekable(shard.path, condition.damaged) as file:
        window = Window(file)
        for group in group_members(window, condition):
            keys[group.key] = 1
            yield _read_group(window, group, join, profile, max_image_bytes)
    if join.rows is not None:
        yield from rows_without_image(join.rows, shard, profile, keys)


def _read_group(window: Window, group: Group, join: Join, profile: Profile, max_image_bytes: int) -> Sample:
    assembly = Assembly(group.key)
    assembly.notes += group.notes
    chosen = _image_field(window, group)
    if chosen is None:
        image, status = None, _without_image(assembly, group)
    else:
        image, status = _read_image(window, assembly, group.members[chosen], max_image_bytes)
    for name, member in group.members.items():
        if name != chosen:
            _read_field(window, assembly, name, member)
    join.add_to(assembly, was_described="json" in group.members)
    return assembly.sample(profile, image, status)


def _image_field(window: Window, group: Group) -> str | None:
    ranks = {name: rank for name in group.members if (rank := formats.rank_of(name)) is not None}
    if not ranks and BARE in group.members and formats.looks_like_image(_head(window, group.members[BARE])):
        return BARE
    return min(ranks, key=ranks.__getitem__) if ranks else None


def _read_image(
    window: Window, assembly: Assembly, member: Member, max_image_bytes: int
) -> tuple[bytes | None, Status]:
    if member.problem:
        assembly.notes.append(member.problem)
        return None, Status.TRUNCATED if member.cut else Status.UNSUPPORTED
    if member.size > max_image_bytes:
        assembly.notes.append(f"{member.size} bytes, over the limit of {max_image_bytes}")
        return None, Status.TOO_LARGE
    return window.read(member.offset, member.size), Status.OK


def _without_image(assembly: Assembly, group: Group) -> Status:
    bare = group.members.get(BARE)
    if bare and bare.problem:
        assembly.notes.append(bare.problem)
        return Status.TRUNCATED if bare.cut else Status.UNSUPPORTED
    names = ", ".join(name or "a name without a dot" for name in group.members)
    assembly.notes.append(f"no image among its members: {names}")
    return Status.TRUNCATED if any(member.cut for member in group.members.values()) else Status.MISSING


def _read_field(window: Window, assembly: Assembly, name: str, member: Member) -> None:
    is_text = name in TEXT_FIELDS or name.endswith(".json")
    why = member.problem or f"{member.size} bytes"
    if name == BARE:
        assembly.leave_out("no-suffix", why)
    elif is_text and (member.problem or member.size > MAX_TEXT_BYTES):
        assembly.fail(name, why)
    elif is_text or not (formats.rank_of(name) is not None or member.problem or member.size > MAX_TEXT_BYTES):
        assembly.add_field(name, window.read(member.offset, member.size))
    else:
        assembly.leave_out(name, why)
