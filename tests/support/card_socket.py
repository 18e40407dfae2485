"""Where this process, and every program that a test starts, looks for a card service.

Not the machine's: a card that lies there is nobody's test card, and a program that uses the reader
would disturb the tests.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path
from typing import Final

VARIABLE: Final = "PCSCLITE_CSOCK_NAME"
"""Read by pcsc-lite's library, once a process: so it must be set before the first question."""

FOLDER: Final = Path(tempfile.mkdtemp(prefix="counter-tui-pcscd-"))
SOCKET: Final = FOLDER / "pcscd.comm"

# The service runs under another account, which reads its configuration here.
FOLDER.chmod(0o755)
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
