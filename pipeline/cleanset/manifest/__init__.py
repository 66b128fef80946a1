"""One row per sample read, with its decision."""
