"""Writes NOTICE from the runtime lock and the metadata of what is installed. Run with the interpreter of .venv."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.checks import licences  # noqa: E402  (the checkout is on the path only now)

(ROOT / "NOTICE").write_text(licences.notice(list(licences.parties(ROOT))), "utf-8")
