"""A program in a real terminal: typed into, scanned into, and read back from the screen.

The terminal is tmux, one server a test, reached by a socket in a folder of its own. Nothing
outside that server is touched, and it ends with the test.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.support import card_socket
from tests.support.program import SOURCE

POLL_SECONDS: Final = 0.05
LAST_BREATH_S: Final = 1.0
"""How often the screen is looked at while a test waits for a text."""

KEEP_VARIABLES: Final = ("PATH", "HOME", "TMPDIR", card_socket.VARIABLE)
"""What a program under test sees of the environment of the tests; all else is given by the test."""


class TextMissing(AssertionError):
    """The text did not come to the screen in time; the message shows what stood there."""


class Terminal:
    """A program in a terminal of a fixed size, with UTF-8 and true colour.

    Wide characters take two cells, as at the counter: the locale is C.UTF-8.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        """Start `command` in a new terminal.

        Args:
            command: program and arguments.
            columns, rows: size of the terminal in cells.
            env: variables for the program, besides `KEEP_VARIABLES` and `SOURCE`.
            cwd: where it starts; the present folder when None.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="counter-tui-terminal-")
        self._socket = Path(self._folder.name) / "tmux"
        configuration = Path(self._folder.name) / "tmux.conf"
        configuration.write_text(
            # The last screen stays readable after the program has ended. Escape is passed on at
            # once. COLORTERM tells the program of true colour, Tc tells tmux.
            "set -g remain-on-exit on\n"
            'set -g remain-on-exit-format ""\n'
            "set -g escape-time 0\n"
            "set -g status off\n"
            "set -g default-terminal tmux-256color\n"
            'set -ga terminal-overrides ",*:Tc"\n'
            "set -g history-limit 0\n",
            encoding="utf-8",
        )
        variables = {name: os.environ[name] for name in KEEP_VARIABLES if name in os.environ}
        variables |= SOURCE
        variables |= {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "COLORTERM": "truecolor"}
        variables |= env or {}
        self._environment = {**variables, "TERM": "xterm-256color"}
        words = ["env", *(f"{name}={value}" for name, value in variables.items())]
        # tmux 3.3 now and then never learns the exit status of what ran in it; the shell does.
        self._status = Path(self._folder.name) / "status"
        words += ["sh", "-c", '"$@"; echo $? >"$0"', str(self._status)]
        words += [str(word) for word in command]
        try:
            self._tmux(
                "-f", str(configuration), "new-session", "-d", "-s", "main",
                "-x", str(columns), "-y", str(rows), "-c", str(cwd or Path.cwd()),
                shlex.join(words),
            )  # fmt: skip
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-u", "-S", str(self._socket), *arguments],
            env=self._environment,
            check=False,
            capture_output=True,
            encoding="utf-8",
            timeout=10,
        )
        if done.returncode != 0:
            raise RuntimeError(f"tmux {arguments[0]}: {done.stderr.strip()}")
        return done.stdout

    # -------------------------------------------------------------------------- fingers

    def send(self, *keys: str) -> None:
        """Press keys by their tmux names: "Enter", "Escape", "F2", "C-t", "Tab", "BSpace"."""
        self._tmux("send-keys", "-t", "main", *keys)

    def type(self, text: str) -> None:
        """Type `text` as it stands."""
        self._tmux("send-keys", "-t", "main", "-l", "--", text)

    def scan(self, code: str) -> None:
        """What a barcode scanner does: the code in one burst, with Enter at its end."""
        self._tmux(
            "send-keys", "-t", "main", "-l", "--", code, ";", "send-keys", "-t", "main", "Enter"
        )

    def scan_all(self, codes: Sequence[str], seconds_apart: float) -> None:
        """Scan after scan, each in one burst, so many seconds after the one before."""
        words: list[str] = []
        for code in codes:
            words += ["send-keys", "-t", "main", "-l", "--", code, ";"]
            words += ["send-keys", "-t", "main", "Enter", ";"]
            # The server itself waits: a client for each scan would take longer to start.
            words += ["run-shell", "-d", str(seconds_apart), ";"]
        self._tmux(*words[:-1])

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        self._tmux("resize-window", "-t", "main", "-x", str(columns), "-y", str(rows))

    # ----------------------------------------------------------------------------- eyes

    def screen(self) -> list[str]:
        """The lines of the screen, without blanks at their ends."""
        lines = self._tmux("capture-pane", "-t", "main", "-p").split("\n")[:-1]
        return [line.rstrip() for line in lines]

    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.screen())

    def styled(self) -> str:
        """The screen with its colours as escape sequences, for `tools/picture.py`."""
        return self._tmux("capture-pane", "-t", "main", "-p", "-e", "-N")

    def wait_for(self, *texts: str, timeout: float = 20) -> list[str]:
        """Wait until all `texts` stand on the screen; the screen's lines.

        Raises:
            TextMissing: they did not, within `timeout` seconds, or the program ended before.
        """
        return self._wait(lambda shown: all(text in shown for text in texts), texts, timeout)

    def wait_gone(self, text: str, timeout: float = 20) -> list[str]:
        """Wait until `text` stands on the screen no more; the screen's lines.

        Raises:
            TextMissing: it still did after `timeout` seconds.
        """
        return self._wait(lambda shown: text not in shown, (f"(gone) {text}",), timeout)

    def _wait(
        self, arrived: Callable[[str], bool], texts: Sequence[str], timeout: float
    ) -> list[str]:
        deadline = time.monotonic() + timeout
        is_over = False
        while True:
            running = self.is_running()
            if not running and not is_over:
                # What a program wrote with its last breath is seen: tmux may not have read it yet.
                is_over, deadline = True, min(deadline, time.monotonic() + LAST_BREATH_S)
            shown = self.text()
            if arrived(shown):
                return shown.split("\n")
            if time.monotonic() > deadline:
                why = "not in time" if running else "the program has ended"
                raise TextMissing(f"{' / '.join(texts)}: {why}\n{shown}")
            time.sleep(POLL_SECONDS)

    def record(self, file: Path) -> None:
        """Keep from now on every byte that the program sends to the terminal."""
        self._tmux("pipe-pane", "-t", "main", f"cat >> {shlex.quote(str(file))}")

    # ------------------------------------------------------------------------------ life

    def is_running(self) -> bool:
        """Whether the program still runs."""
        return self._tmux("display-message", "-t", "main", "-p", "#{pane_dead}").strip() == "0"

    def process_id(self) -> int:
        """Process id of the program."""
        shell = self._tmux("display-message", "-t", "main", "-p", "#{pane_pid}").strip()
        return int(Path(f"/proc/{shell}/task/{shell}/children").read_text(encoding="ascii"))

    def wait_for_end(self, timeout: float = 20) -> int:
        """Wait until the program has ended by itself; its exit status.

        Raises:
            TextMissing: it still runs after `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while self.is_running():
            if time.monotonic() > deadline:
                raise TextMissing(f"the program still runs\n{self.text()}")
            time.sleep(POLL_SECONDS)
        return int(self._status.read_text(encoding="ascii"))

    def close(self) -> None:
        """End the terminal with whatever runs in it. Idempotent."""
        if self._socket.exists():
            subprocess.run(
                ["tmux", "-S", str(self._socket), "kill-server"],
                env=self._environment,
                check=False,
                capture_output=True,
                timeout=10,
            )
        self._folder.cleanup()
