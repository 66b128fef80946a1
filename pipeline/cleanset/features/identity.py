"""Names of a sample that hold wherever it lies: the sample id."""

from __future__ import annotations

import hashlib
import struct

from cleanset.shards.sample import Sample


def sample_id(source: str, shard: str, sample: Sample) -> bytes:
    """16 bytes of SHA-256 over the sample's source identity and its caption.

    The source identity is the URL; without one, the data set's own id with the name of the profile; without that, the
    name of the shard and the key. It never depends on the order of samples, shards or inputs. Each part is preceded by
    its length, so no two identities share an encoding; a missing caption counts as an empty one, since img2dataset
    writes both for the same sample.
    """
    if sample.url:
        parts = ["url", sample.url]
    elif sample.uid:
        parts = ["uid", source, sample.uid]
    else:
        parts = ["key", shard, sample.key]
    digest = hashlib.sha256()
    for part in [*parts, sample.caption or ""]:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(struct.pack(">Q", len(encoded)))
        digest.update(encoded)
    return digest.digest()[:16]
