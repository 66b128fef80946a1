"""``python -m cleanset`` is the command ``cleanset``."""

import sys

from cleanset.cli import main

sys.exit(main())
