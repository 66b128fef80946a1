import gzip
from pathlib import Path

import pytest

from cleanset.schemas import Status
from cleanset.shards.find import find_shards
from cleanset.shards.read import read_shard
from cleanset.shards.sample import Sample
from shards.writers import LIMIT


def read(path: Path, profile: str = "auto") -> tuple[str, list[Sample]]:
    (shard,) = find_shards([str(path)], profile).shards
    return shard.profile, list(read_shard(shard, max_image_bytes=LIMIT))


def written(path: Path, raw: bytes) -> Path:
    path.write_bytes(raw)
    return path


def test_cc12m_has_the_url_first(tmp_path: Path) -> None:
    raw = b'http://x/1\tsay "cheese\nhttp://x/2\t\n'
    profile, (one, two) = read(written(tmp_path / "cc12m.tsv", raw))
    assert profile == "cc12m"
    assert (one.key, one.url, one.caption, one.status) == (
        "000000000",
        "http://x/1",
        'say "cheese',
        Status.NOT_DOWNLOADED,
    )
    assert (two.url, two.caption) == ("http://x/2", None)


def test_cc3m_has_the_caption_first(tmp_path: Path) -> None:
    profile, (one,) = read(written(tmp_path / "train.tsv", b"a cat\thttp://x/1\n"))
    assert (profile, one.url, one.caption) == ("cc3m", "http://x/1", "a cat")


def test_a_compressed_table_with_a_header_is_read(tmp_path: Path) -> None:
    raw = b"language\tpage_url\timage_url\tcaption_reference_description\nen\tp\thttp://x/1\ta \xc3\xa9\n"
    profile, (one,) = read(written(tmp_path / "wit.tsv.gz", gzip.compress(raw)))
    assert (profile, one.url, one.caption) == ("wit", "http://x/1", "a é")
    assert one.columns == {"language": "en", "page_url": "p"}


def test_csv_cells_may_hold_commas_quotes_and_line_breaks(tmp_path: Path) -> None:
    raw = b'\xef\xbb\xbfurl,caption,license\nhttp://x/1,"a ""b"",\nc",cc0\n'
    profile, (one,) = read(written(tmp_path / "0.csv", raw))
    assert (profile, one.url, one.caption, one.columns) == ("table", "http://x/1", 'a "b",\nc', {"license": "cc0"})


@pytest.mark.parametrize(("name", "separator"), [("0.csv", ";"), ("0.csv", "\t"), ("0.csv", "|"), ("0.tsv", ",")])
def test_a_header_without_the_usual_separator_names_its_own(tmp_path: Path, name: str, separator: str) -> None:
    lines = [["url", "caption", "license"], ["http://x/1", f'"a{separator}b"', "cc0"]]
    raw = "\r\n".join(map(separator.join, lines)).encode("utf-8-sig")
    profile, (one,) = read(written(tmp_path / name, raw))
    assert (profile, one.url, one.caption) == ("table", "http://x/1", f"a{separator}b")
    assert one.columns == {"license": "cc0"}


def test_a_table_of_one_column_keeps_what_looks_like_a_separator(tmp_path: Path) -> None:
    _, (one,) = read(written(tmp_path / "0.csv", b"url\nhttp://x/1;a|b\n"))
    assert one.url == "http://x/1;a|b"


def test_lines_with_too_many_or_too_few_fields_are_rows_that_say_so(tmp_path: Path) -> None:
    _, (one, two, three) = read(written(tmp_path / "0.csv", b"url,caption\nu\nu,c,cc0,x\n\nu,c\n"))
    assert (one.url, one.detail) == ("u", "1 fields, the header has 2")
    assert (two.caption, two.columns) == ("c", {"extra:fields": '["cc0","x"]'})
    assert three.url == "u"


def test_json_lines_that_are_broken_are_rows_that_say_so(tmp_path: Path) -> None:
    raw = b'{"url": "u", "meta": {"license": "cc0"}}\n{broken\n\n{"url": "caf\xe9"}\n'
    _, (one, two, three) = read(written(tmp_path / "0.jsonl", raw))
    assert (one.url, one.columns) == ("u", {"meta.license": "cc0"})
    assert (two.status, two.columns) == (Status.MISSING, {"unreadable:json": "{broken\n"})
    assert three.status is Status.MISSING


def test_a_compressed_table_that_breaks_off_keeps_what_was_before(tmp_path: Path) -> None:
    rows = b"".join(b"http://x/%d,%d\n" % (n, n * n * 7919) for n in range(20_000))
    raw = gzip.compress(b"url,n\n" + rows)
    _, samples = read(written(tmp_path / "0.csv.gz", raw[: len(raw) // 2]))
    assert len(samples) > 5_000
    assert samples[-1].status is Status.TRUNCATED
    assert "the file breaks off" in samples[-1].detail


def test_a_line_without_an_end_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleanset.shards.table.MAX_LINE", 1000)
    _, samples = read(written(tmp_path / "0.jsonl", b'{"url": "u"}\n' + b"x" * 5000 + b'\n{"url": "v"}\n'))
    assert [sample.url for sample in samples if sample.url] == ["u", "v"]
    assert all(len(sample.columns.get("unreadable:json", "")) <= 1000 for sample in samples)


def test_a_headless_table_can_be_forced(tmp_path: Path) -> None:
    profile, (one,) = read(written(tmp_path / "0.tsv", b"ftp://x/1\ta cat\n"), "cc12m")
    assert (profile, one.url, one.caption) == ("cc12m", "ftp://x/1", "a cat")
