"""Verified links between samples that show the same picture though their pixels differ.

Hashes and vectors propose, `same_picture` decides. This is the whole of it for a table in memory; the match pipeline
takes the same steps with the work in shares and the pictures in blocks.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from cleanset.config import MatchConfig
from cleanset.dedup.propose.candidates import Layouts, Share, candidate_pairs
from cleanset.dedup.propose.coded import gather_codes, with_codes
from cleanset.dedup.propose.vectors import near_vectors
from cleanset.dedup.same import same_picture, signatures
from cleanset.dedup.verify import links_of


def near_links(pictures: pa.RecordBatch | pa.Table, thresholds: MatchConfig, cosine: float | None = None) -> pa.Table:
    """``schemas.PAIRS`` of the samples that show the same picture, each pair once, ordered by (a, b).

    Needs the columns ``sample_id``, ``pixel_id`` and ``same.SIGNATURE``; ``vector`` takes part if it is there, and
    proposes from ``cosine`` on, by default that of the thresholds. Rows without a picture or with too little of one
    take no part. Of rows with equal pixels, which exact links tie together, the one with the least sample_id does.
    """
    table = pictures if isinstance(pictures, pa.Table) else pa.Table.from_batches([pictures])
    batch = table.combine_chunks().to_batches()
    coded = gather_codes((with_codes(piece, 0) for piece in batch), thresholds.pdq_quality)
    seen = signatures(table)
    by_hash = candidate_pairs(coded, Layouts.of(thresholds, table.num_rows), Share())
    by_vector = near_vectors(seen.vector[coded.place], thresholds.cosine if cosine is None else cosine)
    at = coded.place[np.unique(np.concatenate([by_hash, by_vector]), axis=0)]
    verdicts = same_picture(seen, at[:, 0], seen, at[:, 1], thresholds)
    ids = table["sample_id"]
    return links_of(ids.take(pa.array(at[:, 0])), ids.take(pa.array(at[:, 1])), verdicts)
