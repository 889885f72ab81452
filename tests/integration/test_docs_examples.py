"""Every example of the docs runs: shell blocks against a server, page by page, and the client's script with the client."""

from __future__ import annotations

import csv
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.documented.blocks import DOCS
from tests.docs_blocks import Block, blocks
from tests.integration.client_environment import client_python
from tests.integration.readme_blocks import Place

BLOCKS = [block for path in sorted(DOCS.glob("*.md")) for block in blocks(path.stem, path.read_text("utf-8"))]
SHOWN = {block.text: block for block in reversed(BLOCKS) if block.note == "runs"}
"""Every block that runs, once: the same lines on several pages do the same."""
PAGES = sorted({block.page for block in SHOWN.values()})
MADE = {
    "appliance synthesize": "synthetic/data.csv",
    "--output model": "model/report.html",
    "appliance classify": "found/findings.jsonl",
    "appliance transform": "changed/data.csv",
    "--output judged": "judged/report.html",
    "--output completed": "completed/data.csv",
    "audit export": "record.jsonl",
}
"""What is there after lines like these."""
ROWS = 240


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A folder with the files that the examples name: a table, one made elsewhere, seed rows, and the configurations of the docs."""
    place = Place(tmp_path_factory.mktemp("docs"))
    write_customers(place.folder / "customers.csv", 4)
    write_customers(place.folder / "made.csv", 5)
    (place.folder / "seeds.csv").write_text("member\nyes\nno\nyes\n", "utf-8")
    for block in BLOCKS:
        if block.note == "configuration" and block.of:
            (place.folder / block.of).write_text(block.text, "utf-8")
    return place


def write_customers(path: Path, seed: int) -> None:
    """Made-up customers: a number, a category, an address, an amount, and what may be told from the first."""
    draw = random.Random(seed)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["age", "city", "mail", "spent", "member"])
        for row in range(ROWS):
            age = draw.randint(18, 90)
            member = "yes" if draw.random() < age / 110 else "no"
            rows.writerow(
                [age, draw.choice(["Oslo", "Lima", "Pune"]), f"c{row}@example.org", round(age * 3 + draw.gauss(90, 20), 2), member]
            )


@pytest.fixture(scope="module")
def server(place: Place) -> Iterator[str]:
    """A server with the project and the one model that pages take for given."""
    with place.serving("appliance serve --stop") as address:
        place.run('eval "$(appliance env)"\nappliance projects create --name first-steps')
        place.run("appliance models create --project first-steps --config customers.yml --in-data customers.csv")
        yield address


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_do_what_they_say(page: str, place: Place, server: str) -> None:
    shown = [block for block in BLOCKS if block.page == page and SHOWN.get(block.text) is block]
    for block in shown:
        assert all((place.folder / name).is_file() for name in block.files), block.files
    lines = "\n".join(block.text for block in shown)
    place.run(lines)
    assert [file for line, file in MADE.items() if line in lines and not (place.folder / file).is_file()] == []


def test_the_script_of_the_client_trains_and_generates(place: Place, server: str) -> None:
    python = client_python()
    if python is None:
        pytest.skip("gretel-client 0.30.1 could not be installed (no package index)")
    (block,) = [block for block in BLOCKS if block.note == "client"]
    place.run("appliance templates show synthetics/tabular-actgan > actgan.yml")
    assert all((place.folder / name).is_file() for name in block.files)
    (place.folder / "script.py").write_text(block.text, "utf-8")
    said = place.run(f'eval "$(appliance env)"\n{python} script.py', PATH=f"{place.folder}/.venv/bin:{os.environ['PATH']}")
    assert "synthetic_data_quality_score" in said
    with (place.folder / "synthetic.csv").open() as file:
        assert len(list(csv.reader(file))) == 51


def test_every_block_that_runs_is_of_a_language_that_was_run() -> None:
    assert {(block.note, block.language) for block in BLOCKS if block.note in ("runs", "client")} == {("runs", "sh"), ("client", "python")}
    assert all(isinstance(block, Block) and block.text.strip() for block in BLOCKS)
