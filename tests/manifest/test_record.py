from __future__ import annotations

from pathlib import Path

from cleanset.features.store import ShardSummary
from cleanset.manifest.record import PRODUCTS, count_decisions, input_warnings, repetition_warnings
from cleanset.manifest.rows import finish
from cleanset.manifest.write import ensure_tables, part_name, write_part
from cleanset.rundir import RunDirectory
from cleanset.schemas import MANIFEST, VERDICTS, check
from factories import Row, judged, png, sample


def written(folder: Path, rows: list[Row]) -> RunDirectory:
    """A run with the manifest of these samples, each judged alone."""
    run = RunDirectory(str(folder))
    write_part(judged(*rows), VERDICTS.empty(), run, 0, 1)
    ensure_tables(run)
    return run


def test_kept_and_dropped_by_first_reason_add_up_to_read(tmp_path: Path) -> None:
    rows = [sample(), sample(None, key="1"), sample(evidence=[], key="2"), sample(None, evidence=[], key="3")]
    counts = count_decisions(written(tmp_path, rows))
    assert counts == {"read": 4, "kept": 1, "dropped": {"missing": 2, "no-evidence": 1}}


def test_a_run_of_no_samples_has_all_its_tables_and_counts_of_nothing(tmp_path: Path) -> None:
    run = RunDirectory(str(tmp_path))
    ensure_tables(run)
    assert count_decisions(run) == {"read": 0, "kept": 0, "dropped": {}}
    assert sorted(run.digests(*PRODUCTS)) == [
        f"{name}/{part_name(0, 1)}" for name in ("claims", "clusters", "manifest")
    ]
    assert repetition_warnings(run) == []


def test_samples_that_came_again_with_other_bytes_are_counted_once_each(tmp_path: Path) -> None:
    rows = [
        *(sample(png(i), key=f"a{i}") for i in range(3)),
        *(sample(png(7), key=f"b{i}", url="https://example.org/b") for i in range(2)),
        *(sample(image, key=key, url="https://example.org/c") for key, image in (("c0", None), ("c1", png(8)))),
    ]
    warnings = repetition_warnings(written(tmp_path, rows))
    told = "samples that were read again with the same URL and caption but other bytes: 1"
    assert warnings == [f"{told}; one of each can be kept"]


def test_what_could_not_be_read_is_a_warning() -> None:
    summaries = [
        ShardSummary("a", "img2dataset", rows=3, reencoded=3),
        ShardSummary("b", "img2dataset", error="cut short"),
        ShardSummary("c", "img2dataset"),
    ]
    told = "rights could not be read from 3 images because the shard was re-encoded"
    assert input_warnings(summaries) == [
        "shard b could not be read: cut short",
        "shard c holds no sample",
        f"{told}; img2dataset leaves files as they are with --disable_all_reencoding True",
    ]
    assert input_warnings([]) == []


def test_finish_of_no_rows_has_the_right_columns() -> None:
    manifest = finish(judged(), VERDICTS.empty())
    check(manifest, MANIFEST)
    assert manifest.num_rows == 0


def test_ids_and_hashes_are_lower_case_hex() -> None:
    row = finish(judged(sample()), VERDICTS.empty()).to_pylist()[0]
    lengths = {name: len(row[name]) for name in ("sample_id", "content_id", "pixel_id", "phash", "pdq")}
    assert lengths == {"sample_id": 32, "content_id": 64, "pixel_id": 32, "phash": 16, "pdq": 64}
    assert all(row[name] == row[name].lower() for name in lengths)


def test_names_of_parts_sort_as_their_numbers_do() -> None:
    for parts in (1, 99_999, 100_000, 262_144):
        names = [part_name(part, parts) for part in (0, 9, parts // 2, parts - 2, parts - 1) if 0 <= part < parts]
        assert sorted(names) == names or parts == 1
    assert part_name(99_999, 262_144) < part_name(100_000, 262_144)
    assert part_name(0, 1) == "part-00000-of-00001.parquet"
