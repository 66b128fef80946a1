"""Every snippet of the pages runs, on a small run in the place of the one that they name."""

from __future__ import annotations

import gc
import re
from pathlib import Path

import duckdb
import pytest

from cleanset.rundir import RunDirectory
from invoke import curate
from runs import write_shards

REPOSITORY = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "schemas/README.md")
_BLOCK = re.compile(r"^```(python|sql)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def place(small_run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the run and its input where the pages say that they are."""
    run = Path(small_run.root)
    for name, target in (("demo/run", run), ("corpus/shards", run.parent / "shards")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).symlink_to(target)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # webdataset leaves its last shard to the garbage collector
@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("page", PAGES)
def test_the_snippets_of_a_page_run(page: str) -> None:
    names: dict[str, object] = {}
    for language, text in _BLOCK.findall((REPOSITORY / page).read_text(encoding="utf-8")):
        if language == "python":
            exec(compile(text, page, "exec"), names)  # noqa: S102 - the pages are ours
        else:
            assert duckdb.connect().execute(text).fetchall(), text
    names.clear()
    gc.collect()


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # as above
def test_the_shards_of_two_folders_are_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [write_shards(tmp_path / name / "shards") for name in ("one", "two")]
    curate(folders, tmp_path / "demo" / "run", "--embedder", "none")
    monkeypatch.chdir(tmp_path)
    page = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    pandas, webdataset = (text for language, text in _BLOCK.findall(page) if language == "python")
    names: dict[str, object] = {}
    exec(compile(pandas, "README.md", "exec"), names)  # noqa: S102 - the page is ours
    capsys.readouterr()
    exec(compile(webdataset, "README.md", "exec"), names)  # noqa: S102 - as above
    kept = RunDirectory("demo/run").read_table("manifest", ["decision"])["decision"].to_pylist().count("kept")
    assert len(capsys.readouterr().out.splitlines()) == kept > 0
    names.clear()
    gc.collect()


def test_snippets_are_found() -> None:
    assert _BLOCK.findall("```sql\nSELECT 1;\n```\n```bash\nls\n```\n") == [("sql", "SELECT 1;\n")]
