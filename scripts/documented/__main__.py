"""Writes into the docs what the code says: `scripts/docs`. Entries that are new get an empty meaning, which the tests refuse."""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.documented.blocks import DOCS, rewritten, without_meaning


def main() -> int:
    """Rewrite every page; the exit code is 1 where entries lack their meaning."""
    lacking = 0
    for path in sorted(DOCS.glob("*.md")):
        text = path.read_text("utf-8")
        fresh = rewritten(text)
        if fresh != text:
            path.write_text(fresh, "utf-8")
        for entry in without_meaning(fresh):
            lacking += 1
            print(f"{path.relative_to(Path.cwd())}: {entry} has no meaning yet", file=sys.stderr)
    return 1 if lacking else 0


if __name__ == "__main__":
    raise SystemExit(main())
