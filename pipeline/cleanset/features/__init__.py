"""What was seen of every sample of a shard, stored so that a rerun can pick up."""
