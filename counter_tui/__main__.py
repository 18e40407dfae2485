"""`python -m counter_tui`."""

from __future__ import annotations

import sys

from counter_tui.cli import main

sys.exit(main())
