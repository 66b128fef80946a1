"""Verified links between samples that show the same picture though their pixels differ.

Hashes propose, `same_picture` decides. Equal signatures are collapsed first, so a million copies of one picture are a
star to their least sample. Hashes are joined as distinct codes; a pair of near codes stands for all pairs of pictures
that have them, which are tried in full where they are few, and against the first pictures of a code where a code is
crowded: time and memory stay linear.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cleanset.dedup.bands import Codes
from cleanset.dedup.columns import rank_ids, sort_rows
from cleanset.dedup.exact import link_table, star
from cleanset.dedup.hamming import Neighbors, neighbors, neighbors_between
from cleanset.dedup.same import Index, MatchThresholds, Signatures, same_picture, signatures
from cleanset.schemas import PAIRS

__all__ = ["CROWDED", "MatchThresholds", "candidate_pairs", "near_links"]

CROWDED = 64
"""Pictures with one code above which the others of a code are tried against its first ``FIRST`` only."""
FIRST = 8
TURNS = (1, 2, 4, 5, 6, 7)
"""Orientations to look up. A quarter turn back (3) is the other picture's quarter turn (1)."""


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """Rows grouped by their code: distinct codes, and the rows of code i at ``rows[starts[i]:starts[i + 1]]``."""

    codes: Codes
    rows: Index
    starts: Index

    def sizes(self) -> Index:
        """int64[codes], rows of each code."""
        return np.diff(self.starts)


def near_links(batch: pa.RecordBatch | pa.Table, thresholds: MatchThresholds) -> pa.Table:
    """``schemas.PAIRS`` of the samples of ``batch`` that show the same picture, each pair once, ordered by (a, b).

    Needs the columns ``sample_id`` and ``same.SIGNATURE``. Rows without a picture or with too little of one take no
    part. Equal signatures give a star to the least sample_id; only that one is compared further.
    """
    seen = signatures(batch)
    kept = np.flatnonzero(seen.usable)
    nodes, (rank,) = rank_ids(batch.column("sample_id").take(pa.array(kept)))
    order = np.argsort(rank, kind="stable")
    seen, rank = seen.take(kept[order]), rank[order]
    distinct, copies = _collapse(seen, rank)
    alone = seen.take(distinct)
    found = candidate_pairs(alone, thresholds)
    left = np.concatenate([distinct[found[:, 0]], copies[:, 0]])
    right = np.concatenate([distinct[found[:, 1]], copies[:, 1]])
    verdict = same_picture(seen, left, seen, right, thresholds)
    least, other = np.minimum(rank[left], rank[right]), np.maximum(rank[left], rank[right])
    linked = np.flatnonzero(verdict.same & (least != other))
    linked = linked[np.lexsort((verdict.distance[linked], other[linked], least[linked]))]
    first = np.ones(len(linked), np.bool_)
    first[1:] = (np.diff(least[linked]) != 0) | (np.diff(other[linked]) != 0)
    linked = linked[first]
    return link_table(
        nodes.take(pa.array(least[linked])),
        nodes.take(pa.array(other[linked])),
        pa.array(verdict.detector[linked], PAIRS.arrow.field("detector").type),
        verdict.distance[linked].astype(np.float64),
    )


def candidate_pairs(seen: Signatures, thresholds: MatchThresholds) -> Index:
    """int64[m, 2]: pairs of rows, the lesser first, with a near hash in some orientation; each once, ordered.

    All rows must be usable.
    """
    chunks = [np.zeros(0, np.uint64)]
    for pairs in _hash_pairs(seen, thresholds):
        least, other = pairs.min(axis=1), pairs.max(axis=1)
        differ = least != other
        chunks.append(np.unique((least[differ].astype(np.uint64) << np.uint64(32)) | other[differ].astype(np.uint64)))
    packed = np.unique(np.concatenate(chunks))
    return np.stack([packed >> np.uint64(32), packed & np.uint64(0xFFFFFFFF)], axis=1).astype(np.int64)


def _hash_pairs(seen: Signatures, thresholds: MatchThresholds) -> Iterator[Index]:
    """Pairs of rows by each hash and orientation in turn, in either order and perhaps repeated."""
    phash = _group(seen.phash, np.arange(len(seen)))
    yield _expand(phash, phash, _with_itself(phash, neighbors(phash.codes, thresholds.phash_bits, thresholds.recall)))
    reliable = np.flatnonzero(seen.quality >= thresholds.pdq_quality)
    pdq = _group(seen.forms[reliable, 0], reliable)
    yield _expand(pdq, pdq, _with_itself(pdq, neighbors(pdq.codes, thresholds.pdq_bits, thresholds.recall)))
    for form in TURNS:
        turned = _group(seen.forms[reliable, form], reliable)
        near = neighbors_between(pdq.codes, turned.codes, thresholds.pdq_bits, thresholds.recall)
        yield _expand(pdq, turned, near)


def _collapse(seen: Signatures, rank: NDArray[np.int64]) -> tuple[Index, Index]:
    """First row of each distinct signature, ascending; and (first row, another row) for every other row, int64[m, 2].

    Rows come in order of rank, so the first row has the least.
    """
    if not len(seen):
        return np.zeros(0, np.int64), np.zeros((0, 2), np.int64)
    octets = np.concatenate(
        [
            np.ascontiguousarray(part).view(np.uint8).reshape(len(seen), -1)
            for part in (seen.phash, seen.forms, seen.quality, seen.thumbnail)
        ],
        axis=1,
    )
    group = pa.array(octets.view(f"V{octets.shape[1]}").reshape(-1).tolist(), pa.binary()).dictionary_encode()
    signature = group.indices.to_numpy().astype(np.int64)
    _, first = np.unique(signature, return_index=True)
    least, other = star(np.arange(len(rank)), signature)
    return np.sort(first), np.stack([least, other], axis=1)


def _group(codes: Codes, rows: Index) -> _Groups:
    """The rows grouped by their code, aligned with ``codes``."""
    order = sort_rows(codes) if len(codes) else np.zeros(0, np.int64)
    ordered = codes.take(order, axis=0)
    new = np.ones(len(order), np.bool_)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    starts = np.flatnonzero(new)
    return _Groups(np.ascontiguousarray(ordered[starts]), rows[order], np.append(starts, len(order)))


def _with_itself(groups: _Groups, pairs: Neighbors) -> Neighbors:
    """The pairs of codes, and each code that several rows have paired with itself."""
    shared = np.flatnonzero(groups.sizes() > 1)
    return Neighbors(
        np.concatenate([pairs.left, shared]),
        np.concatenate([pairs.right, shared]),
        np.concatenate([pairs.distance, np.zeros(len(shared), np.uint16)]),
    )


def _expand(left: _Groups, right: _Groups, pairs: Neighbors) -> Index:
    """int64[m, 2]: the rows of each pair of codes, each with each; of a crowded code with the other's first rows."""
    size_l, size_r = left.sizes()[pairs.left], right.sizes()[pairs.right]
    crowded = size_l * size_r > CROWDED**2
    full = _product(left, pairs.left[~crowded], size_l[~crowded], right, pairs.right[~crowded], size_r[~crowded])
    few_l, few_r = np.minimum(size_l, FIRST)[crowded], np.minimum(size_r, FIRST)[crowded]
    many_l = _product(left, pairs.left[crowded], size_l[crowded], right, pairs.right[crowded], few_r)
    many_r = _product(left, pairs.left[crowded], few_l, right, pairs.right[crowded], size_r[crowded])
    return np.concatenate([full, many_l, many_r])


def _product(  # noqa: PLR0913, PLR0917 - two sides, each with its groups, which of them, and how many rows of each
    left: _Groups, of_left: Index, take_left: Index, right: _Groups, of_right: Index, take_right: Index
) -> Index:
    """int64[m, 2]: of each pair of codes, the first rows of the one with each of the first rows of the other."""
    count = take_left * take_right
    pair = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    row_l = left.rows[left.starts[of_left][pair] + place // np.maximum(take_right, 1)[pair]]
    row_r = right.rows[right.starts[of_right][pair] + place % np.maximum(take_right, 1)[pair]]
    return np.stack([row_l, row_r], axis=1)
