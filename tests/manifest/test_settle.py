"""Whole decisions in memory: what the copies of a picture come to, whatever order and pieces they come in."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import count
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cleanset.config import MatchConfig
from cleanset.dedup import components
from cleanset.dedup.exact import exact_links
from cleanset.dedup.near import near_links
from cleanset.dedup.partition import partition_ids, split
from cleanset.dedup.same import same_picture, signatures
from cleanset.manifest.rows import finish
from cleanset.manifest.settle import MEMBER, attach_pictures, members_of, settle
from cleanset.schemas import CLUSTERS, COMPONENTS, JUDGED, MANIFEST, VERDICTS, Detector, Reason, check
from factories import Row, batch, judged, png, rules, sample, seen
from pictures import encoded, photo

MATCH = MatchConfig()
LIMITS = MATCH


def larger(seed: int = 0) -> bytes:
    """The picture of that seed in twice the size: near it by its hashes, and no copy of its bytes."""
    image = photo(seed=seed)
    return encoded(image.resize((192, 128), Image.Resampling.BICUBIC), "PNG")


def read(*wanted: dict[str, Any]) -> list[Row]:
    """Samples with the given columns; each has its own URL and key unless it says otherwise."""
    numbers = count()
    rows = []
    for over in wanted:
        number = next(numbers)
        own = {"url": f"https://example.org/{number}.png", "key": f"{number:09d}"}
        rows.append(sample(**(own | over)))
    return rows


def decide(rows: list[Row], parts: int = 1, policy: str = "commercial") -> tuple[pa.Table, pa.Table]:
    """Manifest and clusters of the samples, by the steps of the pipeline, in so many partitions."""
    return decide_judged(judged(*rows, policy=policy), rows, parts, policy)


def decide_judged(
    whole: pa.Table, rows: list[Row], parts: int = 1, policy: str = "commercial"
) -> tuple[pa.Table, pa.Table]:
    """The same from rows of ``schemas.JUDGED`` and the samples with their pictures."""
    pictures = pa.Table.from_batches([batch(*rows)])
    linked = links(pictures.filter(pictures["pixel_id"].is_valid()))
    members = pa.concat_tables(
        members_of(part.select(MEMBER), ours if ours.num_rows else None)
        for part, ours in zip(divide(whole, "sample_id", parts), divide(linked, "sample_id", parts), strict=True)
    )
    members = with_pictures(members, pictures)
    settled = [settle(part, rules(policy), MATCH) for part in divide(members, "component_id", parts) if part.num_rows]
    verdicts = pa.concat_tables([VERDICTS.empty(), *(v for v, _ in settled)])
    clusters = pa.concat_tables([CLUSTERS.empty(), *(c for _, c in settled)]).sort_by("cluster_id")
    manifest = pa.concat_tables(
        finish(part, ours)
        for part, ours in zip(divide(whole, "sample_id", parts), divide(verdicts, "sample_id", parts), strict=True)
    )
    check(manifest, MANIFEST)
    check(clusters, CLUSTERS)
    return manifest, clusters


def with_pictures(members: pa.Table, pictures: pa.Table) -> pa.Table:
    """The members of each shard with their pictures."""
    pieces: list[pa.RecordBatch] = []
    for shard in pc.unique(members["shard"]).to_pylist():
        ours, theirs = (table.filter(pc.field("shard") == shard) for table in (members, pictures))
        pieces.extend(attach_pictures(ours, theirs.to_batches(max_chunksize=3)))
    return pa.Table.from_batches(pieces) if pieces else members


def links(pictured: pa.Table) -> pa.Table:
    if not pictured.num_rows:
        return COMPONENTS.empty()
    found = (exact_links(pictured), near_links(pictured, LIMITS))
    return components.merge([components.contract(pairs) for pairs in found])


def divide(table: pa.Table, column: str, parts: int) -> list[pa.Table]:
    """The rows of each partition, also of those that have none."""
    if not table.num_rows:
        return [table] * parts
    whole = table.combine_chunks().to_batches()[0]
    found = split(whole, partition_ids(whole.column(column), parts))
    return [pa.Table.from_batches([found[p]] if p in found else [], table.schema) for p in range(parts)]


def by_key(manifest: pa.Table) -> list[Row]:
    return sorted(manifest.to_pylist(), key=lambda row: row["key"])


def test_the_best_licensed_largest_copy_stands_for_the_others_and_they_say_how_they_matched() -> None:
    small, large, copy, silent = by_key(
        decide(
            read(
                {"image": png(1)},
                {"image": larger(1)},
                {"image": png(1), "evidence": seen()},
                {"image": larger(1), "evidence": []},
            )
        )[0]
    )
    assert [row["decision"] for row in (small, large, copy, silent)] == ["dropped", "kept", "dropped", "dropped"]
    assert {row["representative_id"] for row in (small, large, copy, silent)} == {large["sample_id"]}
    assert (large["copies"], large["matched_by"], large["distance"], large["cluster_size"]) == (4, None, None, 4)
    assert (small["reasons"], small["matched_by"]) == (["duplicate"], "pdq")
    assert silent["reasons"] == ["no-evidence", "duplicate"]
    assert (silent["matched_by"], silent["distance"], silent["copies"]) == ("content", 0.0, 0)


def test_a_picture_too_small_stands_for_no_larger_copy() -> None:
    tiny = encoded(photo(seed=1).resize((30, 20), Image.Resampling.BICUBIC), "PNG")
    rows = judged(*read({"image": tiny}, {"image": png(1)})).to_pylist()
    rows[0]["strength"] = 4
    rows = by_key(decide_judged(pa.Table.from_pylist(rows, JUDGED.arrow), read({"image": tiny}, {"image": png(1)}))[0])
    assert rows[1]["decision"] == "kept"
    assert Reason.TOO_SMALL in rows[0]["reasons"]


@pytest.mark.parametrize("against", ["CC-BY-NC-4.0", "All rights reserved"])
def test_a_copy_with_a_stricter_claim_contests_the_kept_one_also_when_it_has_no_chance_itself(against: str) -> None:
    tiny = encoded(photo(seed=1).resize((30, 20), Image.Resampling.BICUBIC), "PNG")
    granted, denied = by_key(decide(read({"image": png(1)}, {"image": tiny, "evidence": seen(against)}))[0])
    assert granted["cluster_size"] == 2
    assert (granted["decision"], granted["reasons"], granted["permission"]) == (
        "dropped",
        ["rights-conflict"],
        "refused",
    )
    assert granted["conflicts_with"] == denied["sample_id"]
    assert granted["attribution"] is None
    assert granted["trace"][-1].startswith("contested: ")
    assert denied["sample_id"] in granted["trace"][-1]


def test_the_license_of_a_stricter_grant_stands_for_the_kept_copy_with_its_credit() -> None:
    rows = read(
        {"image": larger(1), "evidence": seen("CC0-1.0")}, {"image": png(1), "evidence": seen("CC-BY-4.0", "Bob")}
    )
    kept = by_key(decide(rows)[0])[0]
    assert (kept["decision"], kept["license_declared"], kept["license_concluded"]) == ("kept", "CC0-1.0", "CC-BY-4.0")
    assert "Bob" in kept["attribution"]


def test_a_sample_read_twice_with_equal_bytes_is_kept_once() -> None:
    rows = by_key(decide(read(*[{"url": "https://example.org/same.png", "image": png(1)}] * 3))[0])
    assert [row["decision"] for row in rows] == ["kept", "dropped", "dropped"]
    assert {(row["matched_by"], row["distance"]) for row in rows[1:]} == {("content", 0.0)}
    assert [row["copies"] for row in rows] == [3, 0, 0]


def test_a_sample_read_twice_with_another_picture_is_kept_once_and_dropped_by_identity() -> None:
    same = {"url": "https://example.org/same.png"}
    manifest, clusters = decide(read(same | {"image": png(1)}, same | {"image": larger(2)}))
    small, large = by_key(manifest)
    assert (large["decision"], large["copies"], large["cluster_size"]) == ("kept", 2, 2)
    assert (small["reasons"], small["matched_by"], small["distance"]) == (["duplicate"], "identity", None)
    assert small["representative_id"] == large["sample_id"] == small["sample_id"]
    assert clusters.num_rows == 1


def test_a_sample_is_in_one_cluster_also_when_its_pictures_resemble_others() -> None:
    same = {"url": "https://example.org/same.png"}
    rows = read(same | {"image": larger(1)}, same | {"image": png(2)}, {"image": png(1)}, {"image": larger(2)})
    manifest, clusters = decide(rows)
    assert len({row["cluster_id"] for row in by_key(manifest)[:2]}) == 1
    assert len(set(clusters["cluster_id"].to_pylist())) == clusters.num_rows
    assert Counter(manifest["decision"].to_pylist()) == {"kept": 2, "dropped": 2}


def test_rights_of_a_sample_that_was_read_twice_are_heard_together() -> None:
    same = {"url": "https://example.org/same.png"}
    manifest, _ = decide(read(same | {"image": larger(1)}, same | {"image": png(2), "evidence": seen("CC-BY-NC-4.0")}))
    assert manifest["decision"].to_pylist() == ["dropped", "dropped"]


def test_a_sample_without_a_picture_is_in_no_cluster_and_takes_nobody_along() -> None:
    same = {"url": "https://example.org/same.png"}
    manifest, clusters = decide(read(same | {"image": None}, same | {"image": png(1)}))
    missing, kept = by_key(manifest)
    assert (missing["reasons"], missing["cluster_id"], missing["copies"]) == (["missing"], None, 0)
    assert (kept["decision"], kept["copies"]) == ("kept", 1)
    assert clusters.num_rows == 0


def test_one_picture_under_many_captions_and_urls_is_a_placeholder() -> None:
    limit = rules().policy.placeholder_captions
    rows = read(*({"image": png(1), "caption": f"thing {i}"} for i in range(limit)))
    manifest, clusters = decide(rows)
    assert set(manifest["decision"].to_pylist()) == {"dropped"}
    assert all(Reason.PLACEHOLDER in reasons for reasons in manifest["reasons"].to_pylist())
    assert clusters["kept"].to_pylist() == [0]
    step = f"placeholder: one picture under {limit} captions and {limit} URLs"
    assert {trace[-1] for trace in manifest["trace"].to_pylist()} == {step}
    fewer, _ = decide(rows[1:])
    assert Counter(fewer["decision"].to_pylist())["kept"] == 1


def test_many_captions_under_one_url_are_no_placeholder() -> None:
    limit = rules().policy.placeholder_captions
    rows = read(*({"image": png(1), "url": "https://example.org/one.png", "caption": f"{i}"} for i in range(limit)))
    assert Counter(decide(rows)[0]["decision"].to_pylist())["kept"] == 1


def test_no_samples_give_no_rows_and_a_sample_alone_stands_for_itself() -> None:
    manifest, clusters = decide([])
    assert (manifest.num_rows, clusters.num_rows) == (0, 0)
    alone = decide(read({}))[0].to_pylist()[0]
    assert (alone["cluster_id"], alone["representative_id"]) == (alone["sample_id"], alone["sample_id"])
    assert (alone["cluster_size"], alone["copies"], alone["decision"]) == (1, 1, "kept")


IMAGES = [png(1), larger(1), png(2), larger(2), png(3), encoded(Image.new("RGB", (64, 64), (9, 9, 9)), "PNG"), None]
LICENSES = ["CC-BY-4.0", "CC0-1.0", "CC-BY-NC-4.0", None]
_readings = st.lists(
    st.tuples(st.sampled_from(IMAGES), st.sampled_from(LICENSES), st.integers(0, 5)), min_size=1, max_size=9
)


@settings(max_examples=60, deadline=None)
@given(_readings, st.randoms(use_true_random=False), st.sampled_from([2, 8]))
def test_the_same_manifest_comes_of_any_order_and_any_number_of_partitions(
    readings: list[tuple[bytes | None, str | None, int]], random: Random, parts: int
) -> None:
    rows = named(readings)
    manifest, clusters = decide(rows)
    random.shuffle(rows)
    other, other_clusters = decide(rows, parts)
    assert other.to_pylist() == manifest.to_pylist()
    assert other_clusters.to_pylist() == clusters.to_pylist()


def named(readings: list[tuple[bytes | None, str | None, int]]) -> list[Row]:
    """A sample for each (image, license, number of its URL)."""
    return read(
        *({"image": i, "evidence": seen(license_), "url": f"https://example.org/{n}"} for i, license_, n in readings)
    )


@settings(max_examples=60, deadline=None)
@given(_readings)
def test_every_sample_is_accounted_for_and_every_cluster_has_one_representative(
    readings: list[tuple[bytes | None, str | None, int]],
) -> None:
    rows = named(readings)
    manifest, clusters = decide(rows)
    told = manifest.to_pylist()
    assert Counter((row["shard"], row["key"]) for row in told) == Counter((row["shard"], row["key"]) for row in rows)
    assert manifest["sample_id"].to_pylist() == sorted(manifest["sample_id"].to_pylist())
    assert {row["decision"] == "kept" for row in told if not row["reasons"]} <= {True}
    kept = [row["sample_id"] for row in told if row["decision"] == "kept"]
    assert len(kept) == len(set(kept))
    members = defaultdict(list)
    for row in told:
        assert (row["cluster_id"] is None) == (row["pixel_id"] is None)
        members[row["cluster_id"]].append(row)
    members.pop(None, None)
    for cluster_id, cluster in members.items():
        assert [row["copies"] for row in cluster if row["copies"]] == [len(cluster)]
        assert {row["cluster_size"] for row in cluster} == {len(cluster)}
        assert cluster_id == min(row["sample_id"] for row in cluster)
        assert sum(row["decision"] == "kept" for row in cluster) <= 1
    sizes = {row["cluster_id"]: (row["size"], row["kept"]) for row in clusters.to_pylist()}
    assert sizes == {
        name: (len(rows), sum(r["decision"] == "kept" for r in rows)) for name, rows in members.items() if len(rows) > 1
    }
    resembles(rows, told)


def resembles(rows: list[Row], told: list[Row]) -> None:
    """Every row that another stands for is itself the same picture, or the same sample as one that is."""
    features = batch(*rows)
    place = {key: i for i, key in enumerate(features["key"].to_pylist())}
    stands = {row["sample_id"]: row for row in told if row["copies"]}
    pictures = signatures(features)
    for row in told:
        if row["matched_by"] in {Detector.PHASH, Detector.PDQ}:
            a, b = (np.array([place[r["key"]]]) for r in (row, stands[row["representative_id"]]))
            verdict = same_picture(pictures, b, pictures, a, LIMITS)
            assert (verdict.same[0], verdict.detector[0], float(verdict.distance[0])) == (
                True,
                row["matched_by"],
                row["distance"],
            )
        elif row["matched_by"] == Detector.CONTENT:
            assert row["content_id"] == stands[row["representative_id"]]["content_id"]
        elif row["matched_by"] == Detector.IDENTITY:
            twins = [r for r in told if r["sample_id"] == row["sample_id"] and r is not row]
            assert {r["representative_id"] for r in twins if r["cluster_id"]} == {row["representative_id"]}
