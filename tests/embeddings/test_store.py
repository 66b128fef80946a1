from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from cleanset.embeddings import store
from cleanset.embeddings.model import Identity, unit
from cleanset.features.store import read_index
from cleanset.rundir import RunDirectory
from embeddings.vectors import IDENTITY, give_vectors


def test_a_run_without_an_embedder_has_no_vectors_and_misses_none(own_run: RunDirectory) -> None:
    store.choose(own_run, None)
    assert store.find(own_run) is None
    assert store.missing(own_run) == []


@pytest.mark.parametrize("rows", [1, 4, 4096])
def test_vectors_are_read_at_the_places_of_their_features(own_run: RunDirectory, rows: int) -> None:
    given = give_vectors(own_run)
    found = store.find(own_run)
    assert found is not None
    batches = list(found.read(rows))
    assert [place for place, _ in batches] == list(np.cumsum([0, *(len(v) for _, v in batches)])[:-1])
    read = np.concatenate([vectors for _, vectors in batches])
    np.testing.assert_array_equal(read, np.concatenate([given[s.name] for s in read_index(own_run).read]))
    assert len(found) == len(read)
    assert (found.name, found.dim) == (IDENTITY.name, IDENTITY.dim)
    without_picture = np.flatnonzero(~read.any(axis=1))
    assert len(without_picture) == 2  # one file is cut short, one was never downloaded


def test_a_shard_without_vectors_is_named_and_none_are_used(own_run: RunDirectory) -> None:
    give_vectors(own_run)
    Path(store.vectors_file(own_run, IDENTITY.name, "00001.tar")).unlink()
    assert store.missing(own_run) == ["00001.tar"]
    assert store.find(own_run) is None


def test_vectors_of_other_bytes_than_the_features_do_not_count(own_run: RunDirectory) -> None:
    give_vectors(own_run)
    index = own_run.read_json("features.json", needs="")
    index["shards"][0]["digest"] = "2" * 64
    own_run.write_json("features.json", index)
    assert store.missing(own_run) == ["00000.tar"]
    assert store.find(own_run) is None


def test_a_file_of_vectors_is_finished_for_its_embedder_and_its_bytes_only(own_run: RunDirectory) -> None:
    give_vectors(own_run)
    digest = read_index(own_run).read[0].digest
    assert store.is_finished(own_run, IDENTITY, "00000.tar", digest)
    assert not store.is_finished(own_run, replace(IDENTITY, weights="1" * 64), "00000.tar", digest)
    assert not store.is_finished(own_run, IDENTITY, "00000.tar", "2" * 64)
    assert not store.is_finished(own_run, IDENTITY, "another.tar", digest)


def test_the_digest_follows_the_embedder_and_the_shards_but_not_its_thresholds(own_run: RunDirectory) -> None:
    def digest(identity: Identity) -> str:
        give_vectors(own_run, identity)
        found = store.find(own_run)
        assert found is not None
        return found.digest

    assert digest(IDENTITY) == digest(replace(IDENTITY, alone=0.5))
    assert digest(IDENTITY) != digest(replace(IDENTITY, precision="float16"))


def test_an_identity_is_the_same_after_a_trip_through_json() -> None:
    assert Identity.from_json(IDENTITY.to_json()) == IDENTITY


def test_unit_gives_vectors_of_length_one_and_leaves_zeros() -> None:
    lengths = np.linalg.norm(unit(np.array([[3, 4], [0, 0], [1e-3, 0]], np.float32)).astype(np.float32), axis=1)
    np.testing.assert_allclose(lengths, [1, 0, 1], atol=1e-3)


def test_vectors_of_a_slice_are_those_of_its_rows() -> None:
    cells = [np.full(2, i, np.float16).tobytes() if i else None for i in range(4)]
    column = pa.array(cells, pa.binary(4))
    assert store.vectors_of(column.slice(1), 2)[:, 0].tolist() == [1, 2, 3]
    assert store.vectors_of(pa.chunked_array([column, column.slice(2)]), 2)[:, 1].tolist() == [0, 1, 2, 3, 2, 3]
