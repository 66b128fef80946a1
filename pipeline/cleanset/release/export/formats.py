"""The forms that an export takes: how the samples of one shard are written. Equal samples give equal bytes."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

ROWS_AT_ONCE = 64
"""Rows of a row group: images are large, and a reader holds one row group."""
_EXTENSIONS = {"JPEG": "jpg", "MPO": "jpg", "TIFF": "tif", "JPEG2000": "jp2"}


class Form(StrEnum):
    """What an export is made for."""

    WEBDATASET = "webdataset"
    PARQUET = "parquet"
    HF = "hf"
    URLS = "urls"


@dataclass(frozen=True, slots=True)
class Exported:
    """One sample on its way out: its image as stored, and what the manifest and the input say about it."""

    metadata: dict[str, Any]
    image: bytes

    @property
    def path(self) -> str:
        """A file name for the image: the sample_id, and the ending of its format."""
        form = self.metadata["format"] or "bin"
        return f"{self.metadata['sample_id']}.{_EXTENSIONS.get(form, form.lower())}"


_TEXT = ("sample_id", "caption", "license", "attribution", "creator", "title", "url", "source", "shard", "key", "group")
_NUMBERS = ("width", "height", "copies")


def shard_path(form: Form, name: str) -> str:
    """Where the shard of that name lies below the folder of the export."""
    return {Form.WEBDATASET: f"{name}.tar", Form.HF: f"data/{name}.parquet"}.get(form, f"{name}.parquet")


def write_shard(form: Form, stream: IO[bytes], samples: Iterable[Exported]) -> None:
    """Write the samples in their order."""
    if form is Form.WEBDATASET:
        _write_tar(stream, samples)
    else:
        _write_parquet(form, stream, samples)


def _write_tar(stream: IO[bytes], samples: Iterable[Exported]) -> None:
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for sample in samples:
            stem = sample.metadata["sample_id"]
            _add(archive, sample.path, sample.image)
            _add(archive, f"{stem}.json", json.dumps(sample.metadata, ensure_ascii=False, sort_keys=True).encode())
            _add(archive, f"{stem}.txt", (sample.metadata["caption"] or "").encode("utf-8", "backslashreplace"))


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def _write_parquet(form: Form, stream: IO[bytes], samples: Iterable[Exported]) -> None:
    schema = parquet_schema(form)
    with pq.ParquetWriter(stream, schema, compression="none") as writer:
        rows: list[dict[str, Any]] = []
        for sample in samples:
            rows.append(_row(form, sample))
            if len(rows) == ROWS_AT_ONCE:
                writer.write_table(pa.Table.from_pylist(rows, schema))
                rows = []
        if rows:
            writer.write_table(pa.Table.from_pylist(rows, schema))


def _row(form: Form, sample: Exported) -> dict[str, Any]:
    image: Any = {"bytes": sample.image, "path": sample.path} if form is Form.HF else sample.image
    facts = {name: sample.metadata[name] for name in (*_TEXT, *_NUMBERS)}
    original = json.dumps(sample.metadata["original"], ensure_ascii=False, sort_keys=True)
    return {"image": image, **facts, "original": original}


def parquet_schema(form: Form) -> pa.Schema:
    """The columns of a Parquet export; those of the Hugging Face form say what they are to its ``datasets`` library."""
    bytes_and_path = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])
    fields = [
        pa.field("image", bytes_and_path if form is Form.HF else pa.binary()),
        *(pa.field(name, pa.string()) for name in _TEXT),
        *(pa.field(name, pa.int64()) for name in _NUMBERS),
        pa.field("original", pa.string()),
    ]
    if form is not Form.HF:
        return pa.schema(fields)
    features: dict[str, Any] = {"image": {"_type": "Image"}}
    features |= {name: {"dtype": "string", "_type": "Value"} for name in (*_TEXT, "original")}
    features |= {name: {"dtype": "int64", "_type": "Value"} for name in _NUMBERS}
    ordered = {field.name: features[field.name] for field in fields}
    return pa.schema(fields, metadata={"huggingface": json.dumps({"info": {"features": ordered}})})
