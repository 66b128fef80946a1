import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from cleanset.errors import ConfigError, InputError
from cleanset.shards.digest import digest_files, stamp
from cleanset.shards.find import find_shards
from cleanset.shards.read import read_shard
from cleanset.shards.sample import Shard
from shards.writers import (
    LIMIT,
    failure,
    jpeg,
    outcome,
    tar_bytes,
    write_files,
    write_img2dataset,
    write_parquet,
    write_tar,
)


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    write_img2dataset(root / "laion", [outcome(0), failure(1)])
    write_img2dataset(root / "coyo", [outcome(0)], stem="00000")
    (root / "plain").mkdir()
    write_tar(root / "plain" / "x.tar", [("1.jpg", jpeg())])
    write_parquet(root / "hf" / "train.parquet", {"image": [{"bytes": jpeg(), "path": "a"}]})
    write_files(root, {"photos/1.jpg": jpeg(), "urls.csv": "url\nhttp://elsewhere\n", "README.md": "x"})
    return root


@pytest.fixture
def memory() -> Iterator[fsspec.AbstractFileSystem]:
    filesystem = fsspec.filesystem("memory")
    filesystem.store.clear()
    yield filesystem
    filesystem.store.clear()


def names(*inputs: object) -> list[str]:
    return [shard.name for shard in find_shards([str(given) for given in inputs]).shards]


def keys(shards: tuple[Shard, ...]) -> list[str]:
    return [sample.key for shard in shards for sample in read_shard(shard, max_image_bytes=LIMIT)]


def test_one_folder_may_hold_every_kind(mixed: Path) -> None:
    assert names(mixed) == ["coyo/00000.tar", "data", "laion/00000.tar", "train.parquet", "urls.csv", "x.tar"]


def test_notes_say_which_profile_was_taken(mixed: Path) -> None:
    assert find_shards([str(mixed)]).notes == (
        "took data as profile folder",
        "took train.parquet as profile huggingface",
        "took 2 shards (coyo/00000.tar … laion/00000.tar) as profile img2dataset",
        "took urls.csv as profile table",
        "took x.tar as profile webdataset",
        "left aside files of kinds that are not read: 1 .md",
    )


def test_names_do_not_depend_on_the_place_or_the_order_of_inputs(mixed: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "data"
    shutil.copytree(mixed, copy)
    assert names(copy) == names(mixed)
    parts = [mixed / "plain", mixed / "laion", mixed / "coyo"]
    assert names(*parts) == names(*reversed(parts)) == ["coyo/00000.tar", "laion/00000.tar", "x.tar"]


def test_a_file_named_twice_is_read_once(mixed: Path) -> None:
    assert names(mixed, mixed / "plain" / "x.tar", mixed / "plain", f"{mixed}/*/*.tar") == names(mixed)


def test_sidecars_are_found_in_whatever_order_files_are_named(mixed: Path) -> None:
    globs = [f"{mixed}/laion/*.tar", f"{mixed}/laion/*.parquet", f"{mixed}/laion"]
    for given in (globs, globs[::-1], globs[:2], globs[1::-1]):
        assert names(*given) == ["00000.tar"]


def test_a_parquet_beside_a_tar_that_has_no_keys_is_a_shard_of_its_own(tmp_path: Path) -> None:
    write_tar(tmp_path / "0.tar", [("1.jpg", jpeg())])
    write_parquet(tmp_path / "0.parquet", {"uid": ["1"], "url": ["http://x"], "text": ["t"]})
    found = find_shards([str(tmp_path)])
    assert [(shard.name, shard.profile) for shard in found.shards] == [
        ("0.parquet", "datacomp"),
        ("0.tar", "webdataset"),
    ]


def test_globs_and_single_files_find_their_sidecars(mixed: Path) -> None:
    for given in (f"{mixed}/laion/*.tar", f"{mixed}/laion/00000.tar", f"{mixed}/laion/*"):
        (shard,) = find_shards([given]).shards
        assert (shard.name, shard.profile, len(shard.files)) == ("00000.tar", "img2dataset", 3)


def test_a_glob_of_images_finds_what_lies_beside_them(tmp_path: Path) -> None:
    write_files(tmp_path, {"a/1.jpg": jpeg(), "a/1.txt": "one", "b/2.jpg": jpeg()})
    (shard,) = find_shards([f"{tmp_path}/*/*.jpg"]).shards
    samples = list(read_shard(shard, max_image_bytes=LIMIT))
    assert [(sample.key, sample.caption) for sample in samples] == [("a/1.jpg", "one"), ("b/2.jpg", None)]


def test_a_profile_can_be_forced(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "0.parquet", {"url": ["u"], "caption": ["c"], "TEXT": ["T"]})
    (shard,) = find_shards([str(path)], "laion400m").shards
    (sample,) = read_shard(shard, max_image_bytes=LIMIT)
    assert (shard.profile, sample.url, sample.caption) == ("laion400m", "u", "T")


def test_a_forced_profile_that_does_not_fit_says_what_it_looked_for(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "0.parquet", {"link": ["u"]})
    with pytest.raises(InputError, match=r"profile wit looks for a URL in image_url.*columns found: link"):
        find_shards([str(path)], "wit")


def test_an_unknown_profile_is_refused_before_anything_is_read() -> None:
    with pytest.raises(ConfigError, match="no profile is called 'nope'"):
        find_shards(["/nowhere"], "nope")


def test_a_wrong_path_says_so() -> None:
    with pytest.raises(InputError, match=r"/nowhere/\*\.tar: there is no such file or folder, and as a pattern"):
        find_shards(["/nowhere/*.tar"])


def test_a_folder_with_nothing_to_read_says_what_is_read(tmp_path: Path) -> None:
    write_files(tmp_path, {"notes.md": "x", "packages.csv": "package,version\na,1\n"})
    with pytest.raises(InputError, match=r"nothing to read in .*left aside packages\.csv.*What is read: tar, tar\.gz"):
        find_shards([str(tmp_path)])


def test_unknown_columns_are_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.write_text("package,version\na,1\n")
    with pytest.raises(InputError, match=r"no profile fits its columns: package, version\. Known profiles: .*Rename"):
        find_shards([str(path)])


@pytest.mark.parametrize("name", ["links.csv", "links.tsv", "links.jsonl"])
def test_an_empty_table_is_called_empty(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(InputError, match=f"^{name}: is empty"):
        find_shards([str(tmp_path / name)])


def test_a_table_that_fits_no_profile_is_left_aside_in_a_folder(mixed: Path) -> None:
    (mixed / "sizes.csv").write_text("a,b\n1,2\n")
    found = find_shards([str(mixed)])
    assert any(note.startswith("left aside sizes.csv: no profile fits its columns: a, b") for note in found.notes)


def upload(filesystem: fsspec.AbstractFileSystem, folder: Path, target: str) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            filesystem.pipe(f"{target}/{path.relative_to(folder)}", path.read_bytes())


def test_urls_are_read_as_local_paths_are(mixed: Path, memory: fsspec.AbstractFileSystem) -> None:
    upload(memory, mixed, "/bucket/data")
    local = find_shards([str(mixed)])
    for url in ("memory://bucket/data", "memory:///bucket/data/"):
        remote = find_shards([url])
        assert remote.notes == local.notes
        assert keys(remote.shards) == keys(local.shards)
        assert [digest_files(shard) for shard in remote.shards] == [digest_files(shard) for shard in local.shards]
    (shard,) = find_shards(["memory://bucket/data/laion/*.tar"]).shards
    assert len(shard.files) == 3
    assert find_shards([f"file://{mixed}"]) == local


def test_files_at_the_root_of_a_store_are_found(memory: fsspec.AbstractFileSystem) -> None:
    memory.pipe("/0.tar", tar_bytes([("1.jpg", jpeg())]))
    assert keys(find_shards(["memory://0.tar"]).shards) == ["1"]


def test_a_zip_of_shards_is_read_through_a_chained_url(mixed: Path, tmp_path: Path) -> None:
    archive = tmp_path / "data.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted((mixed / "laion").iterdir()):
            packed.write(path, f"d/{path.name}")
    for url in (f"zip://d/*.tar::{archive}", f"zip://d/00000.tar::{archive}", f"zip://d::{archive}"):
        (shard,) = find_shards([url]).shards
        assert (shard.name, shard.profile) == ("00000.tar", "img2dataset")
        assert keys((shard,)) == ["0000000", "0000001"]
        stamp(shard)


def test_a_file_in_an_archive_is_not_changed_by_being_read(mixed: Path, tmp_path: Path) -> None:
    archive = tmp_path / "data.zip"

    def pack(*more: str) -> None:
        with zipfile.ZipFile(archive, "w") as packed:
            for path in (*sorted((mixed / "laion").iterdir()), *(mixed / name for name in more)):
                packed.write(path, f"d/{path.name}")

    pack()
    (shard,) = find_shards([f"zip://d/*.tar::file://{archive}"]).shards
    before = stamp(shard)
    assert keys((shard,)) == ["0000000", "0000001"]
    assert stamp(shard) == before
    (mixed / "more.txt").write_text("more")
    pack("more.txt")
    assert stamp(shard) != before


def test_a_shard_that_is_gone_is_a_clear_error(mixed: Path) -> None:
    (shard,) = find_shards([str(mixed / "plain")]).shards
    (mixed / "plain" / "x.tar").unlink()
    with pytest.raises(FileNotFoundError, match=r"No such file.*x\.tar"):
        list(read_shard(shard, max_image_bytes=LIMIT))


def test_an_old_run_among_the_inputs_is_left_aside(tmp_path: Path) -> None:
    write_tar(tmp_path / "0.tar", [("1.jpg", jpeg())])
    for name in ("features/0.tar.parquet", "manifest/part-0.parquet"):
        write_parquet(tmp_path / "run" / name, {"url": ["http://x"], "caption": ["x"]})
    (tmp_path / "run" / "features.json").write_text("{}")
    for given in (tmp_path, f"{tmp_path}/*"):
        found = find_shards([str(given)])
        assert [shard.name for shard in found.shards] == ["0.tar"]
        assert f"left aside {tmp_path}/run: it is a run of cleanset, not an input" in found.notes
    with pytest.raises(InputError, match="it is a run of cleanset"):
        find_shards([str(tmp_path / "run")])


def test_what_is_not_read_is_told_by_its_suffix(tmp_path: Path) -> None:
    write_files(
        tmp_path, {"1.jpg": jpeg(), "b.zip": "x", "c/d.ZIP": "x", "a.tar.xz": "x", "noext": "x", ".DS_Store": "x"}
    )
    (note,) = find_shards([str(tmp_path)]).notes[1:]
    assert note == "left aside files of kinds that are not read: 1 without a suffix, 1 .xz, 2 .zip"


def test_folders_that_are_not_entered_are_told(tmp_path: Path) -> None:
    write_files(tmp_path, {"a/1.jpg": jpeg(), "b/2.jpg": jpeg()})
    (tmp_path / "a" / "link").symlink_to(tmp_path / "b")
    for given in (tmp_path / "a", f"{tmp_path}/a*"):
        found = find_shards([str(given)])
        assert keys(found.shards) in (["1.jpg"], ["a/1.jpg"])
        assert f"left aside {tmp_path}/a/link: links to folders are not followed; name the folder itself" in found.notes


def test_a_table_that_cannot_be_opened_is_a_shard_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "urls.csv").symlink_to(tmp_path / "gone.csv")
    found = find_shards([str(tmp_path)])
    assert [shard.name for shard in found.shards] == ["urls.csv"]
    assert "urls.csv cannot be read: No such file or directory" in found.notes
