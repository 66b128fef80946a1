"""The definition of the same picture, the links that match makes of it, and leaders."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cleanset.config import MatchConfig
from cleanset.dedup.exact import exact_links
from cleanset.dedup.leaders import Leaders, Pictures, inside_margins, lead
from cleanset.dedup.near import near_links
from cleanset.dedup.propose import candidates
from cleanset.dedup.same import same_picture, signatures
from cleanset.images import pdq
from cleanset.schemas import FORMS, LUMA_SIDE, PAIRS, SAMPLE_ID, SHA256, THUMBNAIL_SIDE, View, check

LIMITS = MatchConfig()


def picture(seed: int) -> NDArray[np.float32]:
    """A random picture with structure at every scale that PDQ sees, float32[64, 64, 3], 0 to 255."""
    waves = np.arange(20)
    amplitude = np.random.default_rng(seed).normal(size=(20, 20, 3)) / (1 + waves[:, None] + waves)[:, :, None]
    basis = np.cos(np.pi * waves[:, None] * (np.arange(64) + 0.5) / 64)
    whole = np.einsum("ay,abc,bx->yxc", basis, amplitude, basis)
    return np.asarray(128 + 110 * whole / np.abs(whole).max(), np.float32)


def described(pictures: list[NDArray[np.float32]], names: list[int] | None = None) -> pa.Table:
    """A table with the columns that match and decide read."""
    stack = np.stack(pictures)
    luma = np.ascontiguousarray(stack @ np.float32([0.299, 0.587, 0.114]))
    hashes = pdq.hash_pictures(luma)
    small = stack.reshape(-1, THUMBNAIL_SIDE, 4, THUMBNAIL_SIDE, 4, 3).mean(axis=(2, 4)).round().astype(np.uint8)
    names = list(range(len(pictures))) if names is None else names
    files = [hashlib.sha256(p.tobytes()).digest() for p in pictures]
    columns = {
        "sample_id": pa.array([hashlib.sha256(bytes([n])).digest()[:16] for n in names], SAMPLE_ID),
        "content_id": pa.array(files, SHA256),
        "pixel_id": pa.array([file[:16] for file in files], SAMPLE_ID),
        "phash": pa.array([form[0, :8].tobytes() for form in hashes.forms], pa.binary(8)),
        "pdq_quality": pa.array(np.full(len(stack), 100, np.uint8)),
        "pdq_forms": pa.array([form.tobytes() for form in hashes.forms], pa.binary(32 * FORMS)),
        "low_information": pa.array(np.zeros(len(stack), np.bool_)),
        "thumbnail": pa.array([cells.tobytes() for cells in small], pa.binary(THUMBNAIL_SIDE**2 * 3)),
        "luma": pa.array([whole.round().astype(np.uint8).tobytes() for whole in luma], pa.binary(LUMA_SIDE**2)),
        "width": pa.array(np.full(len(stack), 64, np.uint32)),
        "height": pa.array(np.full(len(stack), 64, np.uint32)),
        "views": pa.array([b""] * len(stack), pa.binary()),
    }
    return pa.table(columns)


def lead_all(table: pa.Table) -> Leaders:
    """The leaders of all rows as one component."""
    return lead(Pictures.of(table), np.arange(table.num_rows), np.zeros(table.num_rows, np.int64), LIMITS)


def walk(seed: int, steps: int) -> list[NDArray[np.float32]]:
    """Pictures that drift from one to another: neighbors are alike, the ends are not."""
    start, end = picture(seed), picture(seed + 1)
    return [start + (end - start) * (i / steps) ** 2 for i in range(steps + 1)]


def aligned(table: pa.Table, i: list[int], j: list[int], limits: MatchConfig = LIMITS) -> list[bool]:
    seen = signatures(table)
    return [bool(s) for s in same_picture(seen, np.array(i, np.int64), seen, np.array(j, np.int64), limits).same]


def test_the_eight_orientations_of_a_picture_are_the_same_picture() -> None:
    first = picture(1)
    flipped = [first[::-1], first[:, ::-1], first.swapaxes(0, 1), first[::-1, ::-1].swapaxes(0, 1)]
    pictures = [*(np.rot90(first, k) for k in range(4)), *flipped, picture(2)]
    table = described([np.ascontiguousarray(p) for p in pictures])
    assert aligned(table, [0] * 9, list(range(9))) == [True] * 8 + [False]
    assert aligned(table, list(range(9)), [0] * 9) == [True] * 8 + [False]
    assert near_links(table, LIMITS).num_rows == 8 * 7 / 2


def test_a_recolored_or_locally_changed_picture_is_another_and_a_grey_or_brighter_one_is_not() -> None:
    first = picture(3)
    changed = first.copy()
    changed[20:28, 20:28] = 255 - changed[20:28, 20:28]
    grey = np.repeat(first @ np.float32([[0.299], [0.587], [0.114]]), 3, axis=2)
    recolored = grey + (first - grey)[:, :, [2, 0, 1]]
    table = described([first, changed, np.clip(recolored, 0, 255), grey, first * np.float32(0.9)])
    by_hash_alone = LIMITS.model_copy(update={"correlation": -1, "deviation": 1e9, "color": -1, "pdq_bits": 100})
    assert aligned(table, [0] * 5, list(range(5)), by_hash_alone) == [True] * 5
    assert aligned(table, [0] * 5, list(range(5))) == [True, False, False, True, True]


def test_flat_pictures_and_pictures_without_a_hash_match_nothing() -> None:
    table = described([picture(1)] * 4)
    flat = table.set_column(6, "low_information", pa.array([True, True, False, None]))
    assert near_links(flat, LIMITS).num_rows == 0
    assert aligned(flat, [0, 2, 2], [1, 3, 2]) == [False, False, True]


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**20), st.randoms(use_true_random=False))
def test_near_links_connect_what_comparing_every_pair_connects(seed: int, random: object) -> None:
    pictures = [*walk(seed, 6), *walk(seed, 2), picture(seed + 9)]
    names = list(range(len(pictures)))
    random.shuffle(names)  # type: ignore[attr-defined] # hypothesis types random() as object
    table = described(pictures, names)
    links = near_links(table, LIMITS.model_copy(update={"recall": 1.0}))
    check(links, PAIRS)
    links = pa.concat_tables([links, exact_links(table)])
    ids, everything = table.column("sample_id").to_pylist(), range(len(pictures))
    pairs = [(i, j) for i in everything for j in everything if ids[i] < ids[j]]
    same = aligned(table, [i for i, _ in pairs], [j for _, j in pairs])
    found = set(zip(links.column("a").to_pylist(), links.column("b").to_pylist(), strict=True))
    truth = {(ids[i], ids[j]) for (i, j), yes in zip(pairs, same, strict=True) if yes}
    assert found <= truth
    assert _closed(found) == _closed(truth)


def _closed(pairs: set[tuple[bytes, bytes]]) -> set[frozenset[bytes]]:
    """The components of the pairs."""
    of: dict[bytes, set[bytes]] = {}
    for a, b in pairs:
        union = of.get(a, {a}) | of.get(b, {b})
        of.update(dict.fromkeys(union, union))
    return {frozenset(union) for union in of.values()}


def test_of_equal_pictures_one_is_compared_and_crowded_codes_stay_linear() -> None:
    nearly = picture(1) + np.float32(0.01)
    table = described([picture(1)] * 200 + [picture(2)] * 3 + [nearly])
    ids = table.column("sample_id").to_pylist()
    links = near_links(table, LIMITS)
    assert [set(pair) for pair in zip(*links.select(["a", "b"]).to_pydict().values(), strict=True)] == [
        {min(ids[:200]), ids[-1]}
    ]
    shades = described([picture(1) * np.float32(1 - i / 4_000) for i in range(150)])
    assert near_links(shades, LIMITS).num_rows <= 150 * 2 * candidates.FIRST + 150


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**20), st.randoms(use_true_random=False))
def test_every_member_is_the_same_picture_as_its_leader_and_leaders_are_not(seed: int, random: object) -> None:
    pictures = [*walk(seed, 7), picture(seed), picture(seed)]
    random.shuffle(pictures)  # type: ignore[attr-defined] # hypothesis types random() as object
    table = described(pictures)
    leaders = lead_all(table)
    heads = np.unique(leaders.leader)
    assert (leaders.leader[heads] == heads).all()
    for place, head in enumerate(leaders.leader):
        if head == place:
            assert not leaders.detector[place]
            others = [int(other) for other in heads if other != place]
            assert not any(aligned(table, others, [place] * len(others)))
        else:
            assert aligned(table, [int(head)], [place]) == [True]
            assert leaders.detector[place] in {"content", "phash", "pdq"}
            assert (leaders.detector[place] == "content") == np.array_equal(pictures[head], pictures[place])
    again = lead_all(table.take(pa.array(heads)))
    assert (again.leader == np.arange(len(heads))).all()


def test_the_member_that_most_match_leads_and_a_better_rank_leads_before_it() -> None:
    middle = picture(1)
    around = [middle + np.float32(0.15) * (picture(seed) - 128) for seed in range(2, 7)]
    table = described([around[0], around[1], middle, *around[2:]])
    everyone, one_component = np.arange(table.num_rows), np.zeros(table.num_rows, np.int64)
    reach = [sum(aligned(table, [place] * len(everyone), everyone.tolist())) for place in everyone]
    assert reach[2] > max(reach[:2] + reach[3:])
    joins = aligned(table, [2] * len(everyone), everyone.tolist())
    assert [head == 2 for head in lead_all(table).leader] == joins
    ranked = lead(Pictures.of(table), everyone, one_component, LIMITS, np.minimum(everyone, 1))
    assert ranked.leader[0] == 0


def test_members_without_file_and_pixels_lead_themselves() -> None:
    table = described([picture(1)] * 3)
    for at, name in ((1, "content_id"), (2, "pixel_id"), (6, "low_information")):
        table = table.set_column(at, name, pa.nulls(3, table.schema.field(name).type))
    assert lead_all(table).leader.tolist() == [0, 1, 2]
    assert lead_all(table.slice(0, 0)).leader.tolist() == []


def test_the_area_inside_margins_is_measured_where_there_is_a_trimmed_view() -> None:
    plain = (picture(4)[:, :, 0] * np.float32(0.5) + 60).astype(np.uint8)
    framed = np.pad(plain[8:56, 4:60], ((8, 8), (4, 4)), constant_values=255)
    seen = signatures(described([picture(1)] * 3))
    seen = replace(seen, luma=np.stack([framed, framed, plain]))
    seen.view[:, View.TRIMMED] = [0, -1, -1]
    assert inside_margins(seen).tolist() == [0.75 * 0.875, 1, 1]
