"""Valid rows for tests: each test overrides only what it is about."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import pyarrow as pa

from cleanset.images.describe import describe_images
from cleanset.images.limits import Limits
from cleanset.manifest.alike import Judge
from cleanset.manifest.judge import Rules
from cleanset.rights.book import LicenseBook
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.policy import load_policy
from cleanset.schemas import FEATURES, JUDGED
from pictures import encoded, photo

Row = dict[str, Any]
LIMITS = Limits(max_bytes=1 << 20, max_pixels=1 << 20)


@cache
def rules(policy: str = "commercial") -> Rules:
    """The license book with a ready policy."""
    return Rules(LicenseBook.load(), load_policy(policy))


@cache
def png(seed: int = 0) -> bytes:
    """A small PNG file of a picture that resembles no other seed's."""
    return encoded(photo(seed=seed), "PNG")


def seen(license_: str | None = "CC-BY-4.0", creator: str | None = "Ada Lovelace") -> list[Row]:
    """What a crawl's columns say of rights, as the column ``evidence`` holds it."""
    columns = {"license": license_, "author": creator}
    return [Evidence(Layer.COLUMN, name, text).to_row() for name, text in columns.items() if text]


def sample(image: bytes | None = b"", **over: Any) -> Row:  # noqa: ANN401 - columns of any type
    """A row of ``schemas.FEATURES``: a decoded picture under CC BY, from one URL; ``image`` None for no file."""
    image = png() if image == b"" else image
    url, caption = over.get("url", "https://example.org/a.png"), over.get("caption", "a picture")
    identity = f"{url} {caption}" if url else f"{over.get('shard')} {over.get('key')}"
    row = {
        "sample_id": hashlib.sha256(identity.encode()).digest()[:16],
        "source": "img2dataset",
        "shard": "00000.tar",
        "key": "000000000",
        "uid": None,
        "url": url,
        "caption": caption,
        "bytes": None if image is None else len(image),
        "content_id": None if image is None else hashlib.sha256(image).digest(),
        "reencoded": None if image is None else False,
        "evidence": seen(),
    }
    return row | _described(image) | over


@cache
def _described(image: bytes | None) -> Row:
    row: Row = describe_images([image], LIMITS).to_pylist()[0]
    return row


def batch(*rows: Row) -> pa.RecordBatch:
    """The rows as ``schemas.FEATURES``."""
    return pa.RecordBatch.from_pylist(list(rows), FEATURES.arrow)


def judged(*rows: Row, policy: str = "commercial", **over: Any) -> pa.Table:  # noqa: ANN401 - columns of any type
    """Rows of ``schemas.FEATURES`` judged, as ``schemas.JUDGED``; ``over`` changes columns of all of them."""
    table = pa.Table.from_batches([Judge(rules(policy)).judge_batch(batch(*rows))])
    return pa.Table.from_pylist([row | over for row in table.to_pylist()], JUDGED.arrow)
