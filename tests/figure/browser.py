"""A browser without a window, spoken to through a pipe: Chromium's own protocol, no package between.

The program is `chromium` (or Chrome) on the PATH, or build/browser/chromium, which `make test` fetches where
there is none.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from select import select
from types import TracebackType
from typing import Any

FETCHED = Path(__file__).parents[2] / "build" / "browser" / "chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-pipe",
    "--window-size=1000,800", "--hide-scrollbars",
)  # fmt: skip
SECONDS = 60.0
"""How long any answer may take."""


def program() -> str | None:
    """The browser, if there is one."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or (str(FETCHED) if FETCHED.is_file() else None)


class Browser:
    """One page of a browser: `requests` are the addresses it asked for, `faults` what went wrong in it."""

    def __init__(self) -> None:
        path = program()
        assert path is not None
        self.folder = tempfile.TemporaryDirectory(prefix="diag-browser-", ignore_cleanup_errors=True)
        to_it, self.out = os.pipe()
        self.into, from_it = os.pipe()
        flags = [*FLAGS, f"--user-data-dir={self.folder.name}", "about:blank"]
        pipes = f'exec "$0" "$@" 3<&{to_it} 4>&{from_it} 2>/dev/null'
        around = os.environ | (
            {"LD_LIBRARY_PATH": str(FETCHED.parent / "lib")} if path == str(FETCHED) else {}
        )
        self.process = subprocess.Popen(
            ["bash", "-c", pipes, path, *flags], pass_fds=(to_it, from_it), env=around
        )
        os.close(to_it)
        os.close(from_it)
        self.rest, self.number, self.session = b"", 0, ""
        self.requests: list[str] = []
        self.faults: list[str] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.ask(f"{domain}.enable")
        size = {"width": 1000, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        self.ask("Emulation.setDeviceMetricsOverride", **size)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        os.close(self.out)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.into)
        self.folder.cleanup()

    def ask(self, method: str, **params: Any) -> dict[str, Any]:  # Any: JSON
        """Send one command and return its answer; what happens in between is noted."""
        self.number += 1
        told = {"id": self.number, "method": method, "params": params}
        if self.session:
            told["sessionId"] = self.session
        os.write(self.out, json.dumps(told).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def read(self) -> dict[str, Any]:
        """The next message."""
        while b"\0" not in self.rest:
            assert select([self.into], [], [], SECONDS)[0], "the browser does not answer"
            more = os.read(self.into, 1 << 20)
            assert more, "the browser has ended"
            self.rest += more
        text, self.rest = self.rest.split(b"\0", 1)
        message: dict[str, Any] = json.loads(text)
        self.note(message.get("method", ""), message.get("params", {}))
        return message

    def note(self, event: str, told: dict[str, Any]) -> None:
        """Remember what the page asked for and what it complained about."""
        if event == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"][:200])
        elif event == "Runtime.exceptionThrown":
            self.faults.append(told["exceptionDetails"].get("text", "exception"))
        elif event == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.faults.append(told["entry"]["text"])

    def open(self, path: Path) -> None:
        """Load a file and wait until it is there."""
        self.ask("Page.navigate", url=path.as_uri())
        while self.run("document.readyState !== 'complete' || location.protocol !== 'file:'"):
            pass

    def run(self, script: str, wait: bool = False) -> Any:
        """The value of an expression in the page; what it promises if `wait`."""
        told = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=wait)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """`moved`, `pressed`, `released` or `wheel` at a place of the window."""
        name = {"wheel": "mouseWheel"}.get(kind, f"mouse{kind.capitalize()}")
        self.ask("Input.dispatchMouseEvent", type=name, x=x, y=y, **more)

    def click(self, x: float, y: float) -> None:
        """One click."""
        for kind in ("pressed", "released"):
            self.mouse(kind, x, y, button="left", clickCount=1)
