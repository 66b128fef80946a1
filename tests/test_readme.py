"""Every snippet of the pages runs, on a small run in the place of the one that they name."""

from __future__ import annotations

import gc
import re
from pathlib import Path

import duckdb
import pytest

from cleanset.rundir import RunDirectory

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


def test_snippets_are_found() -> None:
    assert _BLOCK.findall("```sql\nSELECT 1;\n```\n```bash\nls\n```\n") == [("sql", "SELECT 1;\n")]
