"""A run whose shards and tables lie in a store of objects that speaks S3, also where the store fails now and then."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fsspec
import pytest

from invoke import cleanset, curate, products
from runs import write_shards

s3fs = pytest.importorskip("s3fs", reason="pip install 'cleanset[s3]'")
server = pytest.importorskip("moto.server", reason="the server comes with the dev extra")
serving = pytest.importorskip("werkzeug.serving")

SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
Start = Callable[..., Any]


@dataclass
class Store:
    """The application of an S3 server, which can be told to fail.

    Attributes:
        answers: whether the request of a method and path, the so-manieth of all, is answered.
        refused: requests that were not.
    """

    application: Callable[[dict[str, Any], Start], Any]
    answers: Callable[[str, str, int], bool] = lambda *_: True
    refused: list[str] = field(default_factory=list)
    _requests: int = 0

    def __call__(self, environment: dict[str, Any], start: Start) -> Any:  # noqa: ANN401 - WSGI
        method, path = environment["REQUEST_METHOD"], environment["PATH_INFO"]
        self._requests += 1
        if self.answers(method, path, self._requests):
            return self.application(environment, start)
        self.refused.append(f"{method} {path}")
        environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
        start("503 Slow Down", [("Content-Type", "application/xml"), ("Content-Length", str(len(SLOW_DOWN)))])
        return [b"" if method == "HEAD" else SLOW_DOWN]


class Quiet(serving.WSGIRequestHandler):  # type: ignore[name-defined,misc]
    """Keeps no log on standard error."""

    def log(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def s3() -> Iterator[Store]:
    """The store, which everything in this process that opens s3:// reaches."""
    store = Store(server.DomainDispatcherApplication(server.create_backend_app))
    http = serving.make_server("127.0.0.1", 0, store, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "none")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_MAX_ATTEMPTS", "1")  # s3fs has tries of its own
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{http.server_port}")
        s3fs.S3FileSystem.clear_instance_cache()
        yield store
    http.shutdown()
    thread.join()
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same shards and their run on disk."""
    folder = tmp_path_factory.mktemp("local")
    write_shards(folder / "shards")
    curate(folder / "shards", folder / "run")
    return folder


@pytest.fixture
def lake(s3: Store, local: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A bucket of the test's own with the shards in it."""
    s3.answers, bucket = (lambda *_: True), f"lake-{abs(hash(request.node.name))}"
    s3.refused.clear()
    filesystem = fsspec.filesystem("s3")
    filesystem.mkdir(bucket)
    filesystem.put(str(local / "shards"), f"{bucket}/shards", recursive=True)
    yield f"s3://{bucket}"
    s3.answers = lambda *_: True


def _here(lake: str, folder: Path) -> dict[str, Any]:
    """The tables and the record of the run in the store, brought to a folder."""
    shutil.rmtree(folder, ignore_errors=True)
    fsspec.filesystem("s3", skip_instance_cache=True).get(f"{lake}/run", str(folder), recursive=True)
    return products(folder)


def _hidden(lake: str) -> list[str]:
    return [path for path in fsspec.filesystem("s3", skip_instance_cache=True).find(f"{lake}/run") if "/." in path]


def test_a_run_in_the_store_has_the_bytes_that_it_has_on_disk(lake: str, local: Path, tmp_path: Path) -> None:
    curate(f"{lake}/shards", f"{lake}/run")
    assert _here(lake, tmp_path / "run") == products(local / "run")
    assert cleanset("audit", f"{lake}/run").code == 0
    assert cleanset("decide", f"{lake}/run", "--policy", "public-domain-only").code == 0
    assert cleanset("audit", f"{lake}/run").code == 0
    assert cleanset("decide", f"{lake}/run").code == 0
    curate(f"{lake}/shards", f"{lake}/run")
    assert _here(lake, tmp_path / "run") == products(local / "run")
    assert _hidden(lake) == []


def test_a_store_that_refuses_every_fifth_request_loses_nothing(
    s3: Store, lake: str, local: Path, tmp_path: Path
) -> None:
    s3.answers = lambda _method, _path, number: bool(number % 5)
    curate(f"{lake}/shards", f"{lake}/run")
    assert cleanset("audit", f"{lake}/run").code == 0
    assert len(s3.refused) > 20
    s3.answers = lambda *_: True
    assert _here(lake, tmp_path / "run") == products(local / "run")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long."""
    monkeypatch.setattr("cleanset.trouble.PAUSES", (0.0,))
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 1)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("place", ["/shards/00001.parquet", "/run/.next-run.json/manifest/part"])
def test_a_store_that_goes_on_refusing_ends_the_run_with_one_line_and_a_rerun_completes(
    s3: Store, lake: str, local: Path, tmp_path: Path, place: str
) -> None:
    s3.answers = lambda _method, path, _number: place not in path
    done = cleanset("curate", f"{lake}/shards", "--out", f"{lake}/run", "--workers", "1")
    assert done.code == 1, done.err
    assert "Traceback" not in done.err
    assert re.search("reduce your request rate|Service Unavailable", done.err.splitlines()[-1])
    assert s3.refused
    assert not fsspec.filesystem("s3", skip_instance_cache=True).exists(f"{lake}/run/run.json")
    s3.answers = lambda *_: True
    curate(f"{lake}/shards", f"{lake}/run")
    assert _here(lake, tmp_path / "run") == products(local / "run")
