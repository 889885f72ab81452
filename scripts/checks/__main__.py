"""Runs every check over the checkout: findings on standard output, one a line; exit 1 when there are any."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from scripts.checks import habits, licences, locks, pages, sizes, walls


def main(root: Path) -> int:
    """Check the tree at `root`."""
    try:
        found = [finding for check in (walls, sizes, habits, pages, locks, licences) for finding in check.check(root)]
    except SyntaxError as error:
        print(f"{error.filename}:{error.lineno}: [syntax] {error.msg}")
        return 1
    for finding in sorted(set(found)):
        print(finding)
    print(sizes.report(root))
    print(f"house rules: {len(set(found))} findings")
    return 1 if found else 0


if __name__ == "__main__":
    gc.disable()  # what is parsed is kept to the end, and counting it again and again takes as long as the checks
    sys.exit(main(Path(__file__).resolve().parents[2]))
