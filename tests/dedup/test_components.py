"""Star forests against a stupid union-find."""

from __future__ import annotations

from functools import reduce

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.dedup import components
from cleanset.dedup.exact import equal_links
from cleanset.schemas import COMPONENTS, PAIRS, SAMPLE_ID, Detector, check

Edges = list[tuple[int, int]]
EDGES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40)


def sample_id(number: int) -> bytes:
    """Ids that share a prefix, so that the second half decides too."""
    return bytes([number % 3]) + bytes(14) + bytes([number])


def pairs(edges: Edges) -> pa.Table:
    ends = [[sample_id(edge[side]) for edge in edges] for side in (0, 1)]
    return pa.table(
        [
            *(pa.array(end, SAMPLE_ID) for end in ends),
            pa.repeat("phash", len(edges)),
            pa.repeat(pa.scalar(1, pa.float32()), len(edges)),
        ],
        schema=PAIRS.arrow,
    )


def union_find(edges: Edges) -> dict[bytes, bytes]:
    of = {sample_id(node): {sample_id(node)} for edge in edges for node in edge}
    for a, b in edges:
        union = of[sample_id(a)] | of[sample_id(b)]
        for node in union:
            of[node] = union
    return {node: min(union) for node, union in of.items()}


def as_dict(forest: pa.Table) -> dict[bytes, bytes]:
    check(forest, COMPONENTS)
    nodes = forest.column("sample_id").to_pylist()
    assert nodes == sorted(nodes)
    return dict(zip(nodes, forest.column("component_id").to_pylist(), strict=True))


@settings(max_examples=60, deadline=None)
@given(EDGES)
def test_components_are_those_of_a_union_find(edges: Edges) -> None:
    assert as_dict(components.contract(pairs(edges))) == union_find(edges)


@settings(max_examples=40, deadline=None)
@given(EDGES, st.randoms(use_true_random=False), st.integers(1, 5))
def test_components_do_not_depend_on_the_order_or_the_blocks_of_edges(edges: Edges, random: object, step: int) -> None:
    shuffled = list(edges)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis types random() as object
    blocks = [pairs(shuffled[i : i + step]) for i in range(0, len(shuffled), step)]
    whole = components.contract(pairs(edges))
    assert reduce(components.add, blocks, components.empty()).equals(whole)
    assert components.merge(components.contract(block) for block in blocks).equals(whole)
    assert components.merge([whole, whole]).equals(whole)


def test_no_edges_have_no_components() -> None:
    assert components.merge([]).num_rows == 0
    assert components.contract(pairs([])).num_rows == 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.sampled_from([None, b"a", b"b", b"c"])), max_size=30))
def test_equal_links_are_one_star_for_each_key(rows: list[tuple[int, bytes | None]]) -> None:
    ids, keys = pa.array([sample_id(n) for n, _ in rows], SAMPLE_ID), pa.array([k for _, k in rows], pa.binary(1))
    links = equal_links(ids, keys, Detector.CONTENT)
    check(links, PAIRS)
    expected = set()
    for key in {k for _, k in rows if k is not None}:
        members = sorted({sample_id(n) for n, k in rows if k == key})
        expected |= {(members[0], other) for other in members[1:]}
    found = list(zip(links.column("a").to_pylist(), links.column("b").to_pylist(), strict=True))
    assert len(found) == sum(len({n for n, k in rows if k == key}) - 1 for key in {k for _, k in rows if k is not None})
    assert set(found) == expected
