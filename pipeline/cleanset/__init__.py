"""cleanset turns image-text shards into a clean training set: licensed, each picture once, every decision explained.

Extract once, match once, decide many times. ``shards`` reads inputs, ``images`` turns bytes into hashes, ``features``
stores what was seen of each sample; ``dedup`` finds the copies; ``rights`` turns evidence into a conclusion;
``manifest`` joins both into one row per sample read; ``audit``, ``report`` and ``release`` read that. ``transforms``
and ``pipelines`` are the only places that know Beam.
"""

__version__ = "0.1.0"
