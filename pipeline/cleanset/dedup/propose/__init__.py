"""Which pairs of pictures are worth comparing: joins of hash codes, and cells of vectors."""
