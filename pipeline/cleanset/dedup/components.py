"""Connected components of the pair graph, as star forests that can be merged in any order and grouping.

A star forest is a table of ``schemas.COMPONENTS``: every node that has an edge, with the least node of its component.
It is itself a graph with the same components, in as many edges as nodes: so blocks of edges are contracted where they
lie, and only forests travel.

Measured: two million random edges between 3.1 million 16-byte ids, 2.3 CPU seconds in one call.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cleanset.dedup.columns import rank_ids
from cleanset.schemas import COMPONENTS


def empty() -> pa.Table:
    """The forest of no edges."""
    return COMPONENTS.empty()


def add(forest: pa.Table, pairs: pa.Table | pa.RecordBatch) -> pa.Table:
    """The forest after the edges (``a``, ``b``) of ``pairs``, a table or batch of ``schemas.PAIRS``."""
    return _contract(
        [forest.column("sample_id"), pairs.column("a")], [forest.column("component_id"), pairs.column("b")]
    )


def merge(forests: Iterable[pa.Table | pa.RecordBatch]) -> pa.Table:
    """The forest of all edges of all forests."""
    forests = list(forests)
    if not forests:
        return empty()
    return _contract([f.column("sample_id") for f in forests], [f.column("component_id") for f in forests])


def contract(pairs: pa.Table | pa.RecordBatch) -> pa.Table:
    """The forest of one block of ``schemas.PAIRS``: components ordered by sample_id."""
    return add(empty(), pairs)


def _contract(a: list[pa.ChunkedArray], b: list[pa.ChunkedArray]) -> pa.Table:
    """Every node of the edges (a, b), in order, with the least node of its component."""
    nodes, places = rank_ids(*a, *b)
    ends = (np.concatenate(places[: len(a)]), np.concatenate(places[len(a) :]))
    edges = coo_array((np.ones(len(ends[0]), np.int8), ends), shape=(len(nodes), len(nodes)))
    count, label = connected_components(edges, directed=False) if len(nodes) else (0, np.zeros(0, np.int32))
    least = np.empty(count, np.int64)
    least[label[::-1]] = np.arange(len(nodes))[::-1]  # of repeated places the last write stays: the least node
    return pa.Table.from_arrays([nodes, nodes.take(pa.array(least[label]))], schema=COMPONENTS.arrow)
