from __future__ import annotations

import hashlib
import io

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from cleanset.config import ExtractConfig
from cleanset.features.extract import features_batch
from cleanset.shards.sample import Kind, Sample, Shard

SHARD = Shard("photos", Kind.FOLDER, "photos", (), "folder")


def picture(notice: str) -> bytes:
    told = PngInfo()
    told.add_text("Copyright", notice)
    file = io.BytesIO()
    Image.linear_gradient("L").save(file, "PNG", pnginfo=told)
    return file.getvalue()


def test_packets_are_kept_only_on_request_and_under_their_own_digest() -> None:
    sample = Sample("a.png", picture("© 2020 Jane Doe"))
    kept = features_batch([sample], SHARD, ExtractConfig(keep_packets=True)).to_pylist()[0]
    plain = features_batch([sample], SHARD, ExtractConfig()).to_pylist()[0]
    assert plain["packets"] == []
    assert [hashlib.sha256(p["bytes"]).digest() for p in kept["packets"]] == [p["packet"] for p in kept["packets"]]
    assert {e["packet"] for e in kept["evidence"]} == {p["packet"] for p in kept["packets"]} != set()
    assert kept["evidence"] == plain["evidence"]
