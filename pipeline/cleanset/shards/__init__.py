"""Inputs: what a shard is, how shards are found, and how the samples of one are read."""
