"""Runs that were broken on purpose, one way for each check."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audit.damage import COPY, ELSEWHERE, KEPT, NEAR, Change, Row, change, edit_record, found, named, rewrite
from cleanset.audit.audit import audit
from cleanset.cli import main
from cleanset.rundir import RunDirectory, footer, read_parquet
from cleanset.schemas import CLAIMS, CLUSTERS, FEATURES, MANIFEST


def drop_a_row(rows: list[Row]) -> list[Row]:
    return rows[1:]


def repeat_a_row(rows: list[Row]) -> list[Row]:
    return [rows[0], *rows]


def unsort(rows: list[Row]) -> list[Row]:
    return rows[::-1]


def dissolve(rows: list[Row]) -> None:
    """The cluster is taken apart: each of its rows stands for itself, as if nobody had seen that they are alike."""
    cluster = named(rows, NEAR)["cluster_id"]
    for row in rows:
        if row["cluster_id"] == cluster:
            row |= {"cluster_id": row["sample_id"], "representative_id": row["sample_id"], "matched_by": None}
            row |= {"distance": None, "cluster_size": 1, "copies": 1}
            row["reasons"] = [reason for reason in row["reasons"] if reason != "duplicate"]


def join_strangers(rows: list[Row]) -> None:
    """Two pictures that nothing links are one cluster."""
    stands, other = sorted((named(rows, KEPT), named(rows, "grey")), key=lambda row: str(row["sample_id"]))
    for row in (stands, other):
        row |= {"cluster_id": stands["sample_id"], "representative_id": stands["sample_id"], "cluster_size": 2}
    stands["copies"], other["copies"] = 2, 0


BROKEN: list[tuple[Change, str]] = [
    (drop_a_row, "counts-balance"),
    (repeat_a_row, "rows-in-order"),
    (unsort, "rows-in-order"),
    (change(KEPT, sample_id=ELSEWHERE), "rows-agree-with-features"),
    (change(KEPT, decision="dropped"), "decisions-have-reasons"),
    (change(KEPT, decision="maybe"), "values-are-known"),
    (change(KEPT, status="fine"), "values-are-known"),
    (change(KEPT, permission="yes"), "values-are-known"),
    (change(KEPT, content_id="ABC"), "values-are-known"),
    (change(KEPT, reasons=["because"]), "decisions-have-reasons"),
    (change(KEPT, license_evidence=None), "kept-rows-are-licensed"),
    (change(KEPT, license_concluded="NOASSERTION"), "kept-rows-are-licensed"),
    (change(KEPT, permission="unknown"), "kept-rows-are-licensed"),
    (change(KEPT, basis=None), "kept-rows-are-licensed"),
    (change(KEPT, license_concluded="CC-BY-4.0"), "conclusions-follow-from-claims"),
    (change(KEPT, license_declared="MIT"), "conclusions-follow-from-claims"),
    (change(KEPT, creator="Somebody"), "conclusions-follow-from-claims"),
    (change(KEPT, attribution="by nobody"), "conclusions-follow-from-claims"),
    (change(KEPT, trace=[]), "conclusions-follow-from-claims"),
    (change(KEPT, cluster_size=2), "clusters-have-one-representative"),
    (change(KEPT, copies=2), "clusters-have-one-representative"),
    (change(KEPT, cluster_id=ELSEWHERE), "clusters-have-one-representative"),
    (change(KEPT, representative_id=ELSEWHERE), "clusters-have-one-representative"),
    (change(KEPT, distance=3.0), "clusters-have-one-representative"),
    (change("gone", cluster_size=1), "clusters-have-one-representative"),
    (change("gone", copies=1), "clusters-have-one-representative"),
    (change("gone", decision="kept", reasons=[]), "kept-rows-are-licensed"),
    (change("not for sale", decision="kept", reasons=[]), "kept-rows-are-licensed"),
    (change("not for sale", permission="allowed", reasons=[], decision="kept"), "conclusions-follow-from-claims"),
    (change("said to be free", permission="allowed", reasons=[], decision="kept"), "conclusions-follow-from-claims"),
    (change("said to be free", conflicts_with=None), "conclusions-follow-from-claims"),
    (change("an icon", reasons=[], decision="kept"), "conclusions-follow-from-claims"),
    (change(COPY, copies=1), "clusters-have-one-representative"),
    (change(COPY, matched_by=None), "clusters-have-one-representative"),
    (change(COPY, decision="kept", reasons=[]), "kept-pictures-differ"),
    (change(NEAR, decision="kept", reasons=[]), "kept-pictures-differ"),
    (change(NEAR, distance=1.0), "members-resemble-their-representative"),
    (change(NEAR, matched_by="phash"), "members-resemble-their-representative"),
    (change(NEAR, matched_by="content", distance=0.0), "members-resemble-their-representative"),
    (change(NEAR, matched_by="identity", distance=None), "members-resemble-their-representative"),
    (change(NEAR, matched_by="magic"), "values-are-known"),
    (dissolve, "clusters-follow-from-pairs"),
    (join_strangers, "clusters-follow-from-pairs"),
    (change(KEPT, phash="0" * 16), "rows-agree-with-features"),
    (change(KEPT, width=4000), "rows-agree-with-features"),
    (change(KEPT, url="https://example.org/other.png"), "rows-agree-with-features"),
    (change(KEPT, key="other"), "rows-agree-with-features"),
]


@pytest.mark.parametrize(("damage", "check"), BROKEN, ids=[f"{damage.__name__}" for damage, _ in BROKEN])
def test_a_manifest_broken_on_purpose_is_found_by_its_check(own_run: RunDirectory, damage: Change, check: str) -> None:
    rewrite(own_run, MANIFEST.name, damage)
    assert check in found(own_run)
    assert "digests-match" in {f.check for f in audit(own_run)[0]}


def test_a_picture_dropped_for_one_that_it_does_not_resemble_is_found(own_run: RunDirectory) -> None:
    def steal(rows: list[Row]) -> None:
        thief, victim = named(rows, NEAR), named(rows, KEPT)
        thief.update({name: victim[name] for name in ("cluster_id", "representative_id")})

    rewrite(own_run, MANIFEST.name, steal)
    findings, _ = audit(own_run)
    assert any("is not the picture" in f.message for f in findings)


def test_two_copies_in_clusters_of_their_own_are_found_by_their_pictures(own_run: RunDirectory) -> None:
    def part(rows: list[Row]) -> None:
        for row in (named(rows, NEAR), named(rows, "the same picture larger"), named(rows, COPY)):
            own = {"cluster_id": row["sample_id"], "representative_id": row["sample_id"], "cluster_size": 1}
            alone: Row = {"copies": 1, "matched_by": None, "distance": None, "decision": "kept", "reasons": []}
            row.update(own | alone)

    rewrite(own_run, MANIFEST.name, part)
    messages = [f.message for f in audit(own_run)[0] if f.check == "kept-pictures-differ"]
    assert any("kept rows have one content_id" in m for m in messages)
    assert any("are both kept, pdq distance" in m for m in messages)


def test_a_sample_kept_twice_is_found(own_run: RunDirectory) -> None:
    def keep(rows: list[Row]) -> None:
        for row in rows:
            if row["caption"] == "changing":
                row.update(decision="kept", reasons=[])

    rewrite(own_run, MANIFEST.name, keep)
    assert "is kept 2 times, expected once" in {f.message for f in audit(own_run)[0]}


TAMPERED: list[Change] = [
    lambda rows: rows[1:],
    lambda rows: [*rows, rows[0] | {"kind": "license", "value": "CC-BY-NC-4.0", "expression": "CC-BY-NC-4.0"}],
    lambda rows: [row | {"strength": 0} for row in rows],
    lambda rows: [row | {"kind": "rumor"} for row in rows],
    lambda rows: [row | {"said_by": "nobody"} for row in rows],
    lambda rows: [row | {"layer": "dream"} for row in rows],
    lambda rows: [row | {"packet": "not hex"} for row in rows],
    lambda rows: [row | {"key": "of no sample"} for row in rows],
    lambda rows: [row | {"expression": "MIT"} if row["expression"] else row for row in rows],
]


@pytest.mark.parametrize("tamper", TAMPERED)
def test_tampered_claims_are_found(own_run: RunDirectory, tamper: Change) -> None:
    rewrite(own_run, CLAIMS.name, tamper)
    assert "conclusions-follow-from-claims" in found(own_run)


@pytest.mark.parametrize(
    "over",
    [
        {"size": 9},
        {"kept": 2},
        {"urls": 0},
        {"captions": 7},
        {"contested": None},
        {"cluster_id": ELSEWHERE},
        {"representative_id": ELSEWHERE},
    ],
)
def test_a_table_of_clusters_that_says_otherwise_is_found(own_run: RunDirectory, over: Row) -> None:
    def edit(rows: list[Row]) -> None:
        rows[0].update({name: not rows[0][name] if value is None else value for name, value in over.items()})

    rewrite(own_run, CLUSTERS.name, edit)
    assert found(own_run) == {"clusters-agree-with-rows"}


def test_a_cluster_that_is_missing_or_out_of_order_is_found(own_run: RunDirectory) -> None:
    rewrite(own_run, CLUSTERS.name, lambda rows: rows[1:])
    assert found(own_run) == {"clusters-agree-with-rows"}
    rewrite(own_run, CLUSTERS.name, lambda rows: rows[::-1])
    assert found(own_run) == {"clusters-agree-with-rows"}


@pytest.mark.parametrize(
    ("place", "value", "check"),
    [
        (("counts", "read"), 7, "counts-balance"),
        (("counts", "kept"), 8, "counts-balance"),
        (("counts", "dropped"), {"duplicate": 1}, "counts-balance"),
        (("inputs", 0, "rows"), 1, "counts-balance"),
        (("policy", "digest"), "0" * 64, "digests-match"),
        (("policy", "fields", "min_side"), 64, "digests-match"),
        (("policy", "fields", "accept"), ["public-domain"], "conclusions-follow-from-claims"),
        (("policy", "fields", "placeholder_captions"), 2, "conclusions-follow-from-claims"),
        (("book", "digest"), "0" * 64, "digests-match"),
        (("inputs", 0, "digest"), "0" * 64, "digests-match"),
        (("files",), {}, "digests-match"),
        (("config", "match", "pdq_bits"), 0, "members-resemble-their-representative"),
    ],
)
def test_a_record_that_says_otherwise_is_found(
    own_run: RunDirectory, place: tuple[str | int, ...], value: object, check: str
) -> None:
    edit_record(own_run, *place, to=value)
    assert check in {f.check for f in audit(own_run)[0]}


def test_a_changed_features_file_is_found(own_run: RunDirectory) -> None:
    rewrite(own_run, FEATURES.name, lambda rows: [row | {"bytes": 1} for row in rows])
    assert found(own_run) == {"rows-agree-with-features"}


def test_a_features_file_that_is_missing_leaves_rows_without_features(own_run: RunDirectory) -> None:
    Path(own_run.files(FEATURES.name)[0]).unlink()
    assert "rows-agree-with-features" in found(own_run)


def test_a_run_without_its_features_is_checked_without_them(own_run: RunDirectory) -> None:
    own_run.remove(FEATURES.name)
    assert audit(own_run)[0] == []
    for copy in (NEAR, COPY):
        rewrite(own_run, MANIFEST.name, change(copy, decision="kept", reasons=[]))
    assert "kept-pictures-differ" in found(own_run)


def forget(rows: list[Row]) -> list[Row]:
    return [row | {"evidence": []} for row in rows]


def reword(rows: list[Row]) -> list[Row]:
    return [row | {"evidence": [one | {"value": "CC-BY-NC-4.0"} for one in row["evidence"]]} for row in rows]


def estrange(rows: list[Row]) -> list[Row]:
    return [row | {"evidence": [one | {"layer": "dream"} for one in row["evidence"]]} for row in rows]


@pytest.mark.parametrize("tamper", [forget, reword, estrange])
def test_claims_that_the_evidence_does_not_make_are_found(own_run: RunDirectory, tamper: Change) -> None:
    rewrite(own_run, FEATURES.name, tamper)
    assert found(own_run) == {"claims-of-kept-rows-follow-from-evidence"}


def test_a_made_up_claim_of_a_kept_row_is_found(own_run: RunDirectory) -> None:
    rewrite(own_run, CLAIMS.name, lambda rows: [row | {"observed_at": "2020"} for row in rows])
    assert found(own_run) == {"claims-of-kept-rows-follow-from-evidence"}


def test_evidence_of_another_type_is_found(own_run: RunDirectory) -> None:
    path = own_run.files(FEATURES.name)[0]
    table = read_parquet(path).replace_schema_metadata(footer(path))
    at = table.column_names.index("evidence")
    pq.write_table(table.set_column(at, "evidence", pa.array(["x"] * table.num_rows)), path)
    assert found(own_run) == {"claims-of-kept-rows-follow-from-evidence"}


def test_what_a_user_corrected_is_believed(own_run: RunDirectory, tmp_path: Path) -> None:
    lines = ["match,equals,action,value,who,when,why"]
    url = "https://example.org/nobody-says-anything.png"
    lines += [f"url,{url},license,CC-BY-4.0,Jane,2026-03-02,license page seen"]
    lines += ["key,0000017,deny,,Jane,2026-03-02,letter of the owner"]
    (tmp_path / "mine.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert main(["decide", own_run.root, "--overlay", str(tmp_path / "mine.csv")]) == 0
    decisions = {row["caption"]: row["decision"] for row in own_run.read_table("manifest").to_pylist()}
    assert decisions["nobody says anything"] == "kept"
    assert decisions[KEPT] == "dropped"
    assert audit(own_run)[0] == []


def test_pairs_and_components_that_say_something_else_are_found(own_run: RunDirectory) -> None:
    rewrite(own_run, "components", drop_a_row)
    assert "clusters-follow-from-pairs" in found(own_run)
    own_run.remove("pairs")
    own_run.remove("components")
    findings, _ = audit(own_run)
    assert {finding.check for finding in findings} == {"digests-match"}, "the record says that they were there"


def test_a_table_of_pairs_that_cannot_be_read_is_a_finding(own_run: RunDirectory) -> None:
    Path(own_run.files("pairs")[0]).write_bytes(b"no table")
    assert "schema" in found(own_run)


@pytest.mark.parametrize(
    ("place", "value", "check"),
    [
        (("policy", "name"), "another", "digests-match"),
        (("extractor",), "another", "digests-match"),
        (("config", "extract", "max_pixels"), 1, "digests-match"),
        (("inputs", 0, "rows"), 3, "counts-balance"),
        (("inputs", 0, "shard"), "another.tar", "counts-balance"),
    ],
)
def test_a_field_of_the_record_that_is_not_so_is_found(
    own_run: RunDirectory, place: tuple[str | int, ...], value: object, check: str
) -> None:
    edit_record(own_run, *place, to=value)
    assert check in {finding.check for finding in audit(own_run)[0]}
