"""Stores that are reached, that cannot be, and that lack a package: each is told in one line."""

from __future__ import annotations

import functools
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from fsspec.core import url_to_fs

from cleanset.errors import StoreError
from cleanset.stores import LONGEST, faults, open_store, protocol_of, reaching, reason
from invoke import cleanset, curate, products
from runs import write_shards


class Quiet(SimpleHTTPRequestHandler):
    """A server of files that keeps no log on standard error."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address under which the test's folder is served."""
    handler = functools.partial(Quiet, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def refusing() -> str:
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # aiohttp's session ends with the interpreter
def test_shards_on_a_web_server_give_what_they_give_on_disk(served: str, tmp_path: Path) -> None:
    pytest.importorskip("aiohttp", reason="pip install 'cleanset[http]'")
    shards = write_shards(tmp_path / "shards")
    curate(shards, tmp_path / "run")
    curate(f"{served}/shards/", tmp_path / "far")
    far, near = products(tmp_path / "far"), products(tmp_path / "run")
    assert far.keys() == near.keys()
    assert all(far[name] == near[name] for name in far if name != "run.json")


@pytest.mark.parametrize("place", ["/a.tar", "/*.tar", "/shards/"])
def test_a_server_that_does_not_answer_is_told_in_one_line(
    refusing: str, tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cleanset.trouble.PAUSES", (0.0,))
    pytest.importorskip("aiohttp", reason="pip install 'cleanset[http]'")
    done = cleanset("curate", f"{refusing}{place}", "--out", tmp_path / "run")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1), done.err
    assert f"{refusing}{place}: cannot be reached" in done.err
    assert not (tmp_path / "run").exists()


COMMANDS = {
    "gs://bucket/a": "pip install 'cleanset[gcs]'",
    "s3://bucket/a": "pip install 'cleanset[s3]'",
    "http://example.org/a": "pip install 'cleanset[http]'",
    "abfs://container/a": "pip install adlfs",
    "sftp://host/a": "pip install paramiko",
    "hf://datasets/a/b": "pip install huggingface_hub",
}
WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(("gcsfs", "s3fs", "aiohttp", "adlfs", "paramiko", "huggingface_hub")))
from cleanset.errors import StoreError
from cleanset.stores import open_store
for url in sys.argv[1:]:
    try:
        open_store(url)
    except StoreError as error:
        print(error)
"""


def test_a_package_that_is_missing_is_named_with_its_command() -> None:
    said = subprocess.check_output([sys.executable, "-c", WITHOUT, *COMMANDS], text=True).splitlines()
    assert len(said) == len(COMMANDS)
    for line, (url, command) in zip(said, COMMANDS.items(), strict=True):
        assert line.startswith(f"{url}: fsspec cannot open it")
        assert line.endswith(command)


def test_a_store_that_nobody_knows_and_one_that_is_broken_are_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere://a: fsspec cannot open it .*correct the URL"):
        open_store("nowhere://a")
    (tmp_path / "a.zip").write_text("no archive")
    with pytest.raises(StoreError, match=r"cannot be opened \(File is not a zip file\)"):
        open_store(f"zip://a::{tmp_path}/a.zip")
    with pytest.raises(StoreError, match=r"cannot be opened .*install Java and Hadoop"):
        open_store("hdfs://nowhere:1/a")


def test_what_the_world_outside_raises_is_one_short_line() -> None:
    assert reason(FileNotFoundError(2, "No such file", "/a")) == "No such file: /a"
    assert reason(TimeoutError()) == "TimeoutError"
    assert "\n" not in reason(OSError("a\nb" * LONGEST))
    assert len(reason(OSError("word " * LONGEST))) <= LONGEST
    with pytest.raises(StoreError, match="s3://a: cannot be reached"), reaching("s3://a"):
        raise faults()[-1]("no archive")
    with pytest.raises(KeyError), reaching("s3://a"):
        raise KeyError("a fault of ours")


def test_the_protocol_of_a_chain_is_its_first() -> None:
    assert [protocol_of(u) for u in ("s3://a", "zip://a::s3://b", "/a", "C:a")] == ["s3", "zip", "", ""]


@pytest.mark.parametrize("path", ["", "a", "a/b.tar", "/a/b", "./a", "a/../b", "~/a", "a:b", "/a//b/", "file:///a"])
def test_a_local_path_is_opened_as_fsspec_opens_it(path: str) -> None:
    assert open_store(path) == url_to_fs(path)
