"""Writes the tagger's spans on a labelled set as a prediction file, with CPU seconds.

    python -m scripts.tagger.predict SET_DIR --out FILE

`SET_DIR` holds `text.jsonl` (`{"id", "text", "spans"}`); the file is `{"tool", "spans": {id: [[start, end, label, score]]}, "timing"}`.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from appliance.data_plane.detection.tagger.tagger import Tagger


def main() -> None:
    """Tag every text of the set three times, keep the fastest pass's CPU time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", type=Path)
    parser.add_argument("--model", type=Path, help="folder with names.model and names.json; default: the shipped one")
    parser.add_argument("--threshold", type=float, default=0.5)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    lines = [json.loads(line) for line in (given.set / "text.jsonl").open(encoding="utf-8")]
    started = time.process_time()
    tagger = Tagger.load((lambda name: (given.model / name).read_bytes()) if given.model else None)
    loaded = time.process_time() - started
    texts, spent = [line["text"] for line in lines], []
    for _ in range(3):
        started = time.process_time()
        found = tagger.spans(texts)
        spent.append(time.process_time() - started)
    spans = {
        str(line["id"]): [[s.start, s.end, s.label, s.score] for s in one if s.score >= given.threshold]
        for line, one in zip(lines, found, strict=True)
    }
    timing = {"text": {"cpu_s": min(spent), "wall_s": min(spent), "texts": len(texts), "bytes": sum(len(t.encode()) for t in texts)}}
    given.out.write_text(json.dumps({"tool": "names", "spans": spans, "timing": timing, "load_cpu_s": loaded}))


if __name__ == "__main__":
    main()
