"""A headless Chromium over its own protocol through two pipes, for pictures of pages and for tests that click: nothing to install."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-proxy-server",
    "--hide-scrollbars",
    "--no-first-run",
    "--remote-debugging-pipe",
)
STILL_MS = 60
PATIENCE_S = 30.0
_LAUNCH = """import fcntl, os, sys
given, taken = (fcntl.fcntl(int(number), fcntl.F_DUPFD_CLOEXEC, 10) for number in sys.argv[1:3])
os.dup2(given, 3)
os.dup2(taken, 4)
os.execv(sys.argv[3], sys.argv[3:])"""
_SETTLED = """new Promise((done) => {
  let timer = 0;
  const rest = () => { clearTimeout(timer); timer = setTimeout(() => { seen.disconnect(); done(true); }, %d); };
  const seen = new MutationObserver(rest);
  seen.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  rest();
})"""


class PageFault(Exception):
    """The browser could not do what it was told, or a page's script failed."""


class Page:
    """One tab. `faults` are what its scripts raised or wrote to the console as errors, the newest last."""

    def __init__(self, sent: BinaryIO, received: BinaryIO) -> None:
        self._sent, self._received = sent, received
        self._number, self._pending, self._session = 0, b"", ""
        self._loaded = False
        self._flying: set[str] = set()
        self.faults: list[str] = []
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._ask(f"{domain}.enable")

    def size(self, width: int, height: int, *, dark: bool = False) -> None:
        """How large the window is, in CSS pixels, and which colours the reader prefers."""
        self._ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self._ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def open(self, address: str) -> None:
        """Go to an address and wait until the page has come to rest."""
        self._loaded = False
        if "loaderId" not in self._ask("Page.navigate", url=address):
            self._loaded = True  # another fragment of the same page
        self.settle()

    def settle(self) -> None:
        """Wait until the page is loaded, asks for nothing more and has stopped changing, also when it gives way to another page."""
        still, end = False, time.monotonic() + PATIENCE_S
        while not still:
            if time.monotonic() > end:
                raise PageFault(f"The page does not come to rest; it waits for {len(self._flying)} answers to be read.")
            while not self._loaded:
                self._take()
            try:
                self.run(_SETTLED % STILL_MS)
                still = self._loaded and not self._flying
            except PageFault as fault:
                if "navigated" not in str(fault) and "context" not in str(fault):
                    raise

    def run(self, script: str) -> Any:
        """What an expression of JavaScript gives, awaited; as a person's act, so that dialogs and clipboards are open to it."""
        answer = self._ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        if "exceptionDetails" in answer:
            raise PageFault(answer["exceptionDetails"].get("exception", {}).get("description", "the script failed"))
        return answer["result"].get("value")

    def forget(self) -> None:
        """Lose every cookie, as a browser that was never here."""
        self._ask("Network.clearBrowserCookies")
        self.faults.clear()

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """Write a PNG of the window, or of the whole page."""
        data = self._ask("Page.captureScreenshot", captureBeyondViewport=whole, **({"clip": self._whole()} if whole else {}))["data"]
        path.write_bytes(base64.b64decode(data))

    def _whole(self) -> dict[str, float]:
        found = self._ask("Page.getLayoutMetrics")["cssContentSize"]
        return {"x": 0, "y": 0, "width": found["width"], "height": found["height"], "scale": 1}

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters, **({"sessionId": self._session} if self._session else {})}
        self._sent.write(json.dumps(message).encode() + b"\0")
        self._sent.flush()
        while True:
            answer = self._take()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise PageFault(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result

    def _take(self) -> dict[str, Any]:
        while b"\0" not in self._pending:
            piece = os.read(self._received.fileno(), 1 << 16)
            if not piece:
                raise PageFault("The browser has ended.")
            self._pending += piece
        text, _, self._pending = self._pending.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        self._note(message.get("method", ""), message.get("params", {}))
        return message

    def _note(self, event: str, about: dict[str, Any]) -> None:
        if event in ("Page.loadEventFired", "Page.frameNavigated"):
            self._loaded = event == "Page.loadEventFired"
            if not self._loaded:  # what the page before had asked for never ends
                self._flying &= {about["frame"]["loaderId"]}
        elif event == "Network.requestWillBeSent":
            self._flying.add(about["requestId"])
        elif event in ("Network.loadingFinished", "Network.loadingFailed"):
            self._flying.discard(about["requestId"])
        elif event == "Runtime.exceptionThrown":
            self.faults.append(about["exceptionDetails"].get("exception", {}).get("description", "a script failed"))
        elif event == "Log.entryAdded" and about["entry"]["level"] == "error":
            self.faults.append(f"{about['entry']['text']} {about['entry'].get('url', '')}".strip())


@contextmanager
def browser(profile: Path) -> Iterator[Page]:
    """A fresh browser whose profile is a new folder; its one tab."""
    if PROGRAM is None:
        raise PageFault("There is no Chromium on this machine.")
    (theirs_in, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()
    command = [sys.executable, "-c", _LAUNCH, str(theirs_in), str(theirs_out), PROGRAM, *_FLAGS, f"--user-data-dir={profile}"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, pass_fds=(theirs_in, theirs_out), stdin=quiet, stdout=quiet, stderr=quiet)
    os.close(theirs_in)
    os.close(theirs_out)
    sent, received = os.fdopen(ours_out, "wb"), os.fdopen(ours_in, "rb")
    try:
        yield Page(sent, received)
    finally:
        with suppress(BrokenPipeError):
            sent.write(b'{"id":0,"method":"Browser.close"}\0')
            sent.close()
        received.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
