"""imagededup as its README has it: PHash, duplicates within its default distance. Prints how many images have one."""

from __future__ import annotations

import sys

from imagededup.methods import PHash


def main() -> None:
    """Find the duplicates in the folder given, in one process."""
    hasher = PHash(verbose=False)
    encodings = hasher.encode_images(image_dir=sys.argv[1], num_enc_workers=0)
    duplicates = hasher.find_duplicates(encoding_map=encodings, max_distance_threshold=10, num_dist_workers=0)
    print(sum(1 for found in duplicates.values() if found))


if __name__ == "__main__":
    main()
