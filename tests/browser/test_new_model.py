"""A new model as a person makes it: a table, what to do with it, the form and the text, and what stands in the way."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.browser.desk import Desk
from tests.integration.live_server import LiveServer
from tests.integration.people import until

EVIL = '<img src=x onerror=alert(1)>"{}\u202e'
TABLE = ("city,n," + '"' + EVIL.replace('"', '""') + '",email\n').encode() + b"".join(
    b"Bern,%d,a,%d@example.org\n" % (n, n) for n in range(240)
)
PROJECT = "/projects/fresh"


@pytest.fixture(scope="module")
def client(house: LiveServer) -> Iterator[httpx.Client]:
    with house.client() as client:
        yield client


@pytest.fixture(scope="module")
def project(client: httpx.Client) -> str:
    client.post("/projects", json={"name": "fresh", "display_name": f"Fresh {EVIL}"}).raise_for_status()
    return str(client.get(PROJECT).json()["data"]["project"]["guid"])


@pytest.fixture(scope="module")
def table(client: httpx.Client, project: str) -> str:
    made = client.post(f"{PROJECT}/artifacts", json={"filename": "towns.csv"}).json()["data"]
    client.put(made["url"], content=TABLE).raise_for_status()
    until(
        lambda: client.get(f"{PROJECT}/artifacts/manifest", params={"key": made["key"]}).json(), lambda found: found["status"] != "pending"
    )
    return str(made["key"])


def fine(page: Page) -> None:
    expect(page.locator("#text:not([aria-busy=true])")).to_be_visible()
    expect(page.locator("#state")).to_have_text("This can run.")


def text_of(page: Page) -> str:
    return page.get_by_label("Configuration as YAML").input_value()


def waiting_noop(table: str, name: str = "sleeper") -> str:
    """A configuration of the bench with a comment, whose job does nothing."""
    return f"# mine\nschema_version: '1.0'\nname: {name}\nmodels:\n  - noop:\n      data_source: {table}\n      params: {{sleep_s: 0}}\n"


def test_the_form_and_the_text_are_one_draft(desk: Desk, project: str, table: str) -> None:
    page = desk.open(f"/{project}/models/new?data={table}")
    fine(page)
    expect(page.locator("#facts")).to_contain_text("240 rows in 4 columns")
    expect(page.get_by_role("button", name="Find personal data")).to_contain_text("email")
    expect(page.get_by_role("button", name="Synthesize rows", exact=False)).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Records to make").fill("77")
    page.get_by_label("Seed", exact=True).press_sequentially("123456789", delay=40)
    expect(page.get_by_label("Configuration as YAML")).to_have_value(re.compile("appliance:\n +seed: 123456789\n"))
    expect(page.get_by_label("Seed", exact=True)).to_have_value("123456789")
    page.get_by_label("Seed", exact=True).fill("")
    expect(page.get_by_label("Configuration as YAML")).to_have_value(re.compile("appliance: {}\n"))
    expect(page.locator("#column-names option")).to_have_count(4)
    page.get_by_label("Drop unlikely records").select_option(label="medium")
    expect(page.get_by_label("Configuration as YAML")).to_have_value(re.compile("num_records: 77\n(.*\n)+.*outliers: medium\n"))
    assert "# medium, high or auto; null leaves the filter off" in text_of(page)
    fine(page)
    page.get_by_label("Configuration as YAML").fill(text_of(page).replace("num_records: 77", "num_records: 88"))
    expect(page.get_by_label("Records to make")).to_have_value("88")
    expect(page.locator("#plan")).to_contain_text("makes 88 rows")
    page.get_by_label("Records to make").fill("many")
    expect(page.locator(".wrong", has_text="num_records must be a whole number")).to_be_visible()
    line = text_of(page).split("\n").index("        num_records: many") + 1
    expect(page.locator("#lines b")).to_have_text(f"● {line}")
    page.get_by_role("button", name=f"Line {line}").click()
    expect(page.get_by_label("Configuration as YAML")).to_be_focused()
    chosen = page.evaluate("document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)")
    assert chosen == "        num_records: many"
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert").filter(has_text="First mend")).to_be_visible()
    expect(page.get_by_label("Records to make")).to_be_focused()
    page.get_by_label("Configuration as YAML").fill("models: [")
    expect(page.locator("#faults")).to_contain_text("Line 2: The text is not valid YAML")
    expect(page.locator("#state")).to_contain_text("The form waits")


def test_it_is_trained_and_leads_to_its_page(desk: Desk, client: httpx.Client, project: str, table: str) -> None:
    page = desk.open(f"/{project}/models/new?data={table}")
    fine(page)
    page.get_by_label("Configuration as YAML").fill(waiting_noop(table))
    fine(page)
    page.get_by_label("Name").fill("sleeper-two")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(rf"/{project}/models/[0-9a-f]{{24}}"))
    uid = page.url.split("/models/")[1].partition("/")[0]
    assert client.get(f"{PROJECT}/models/{uid}").json()["data"]["model"]["model_name"] == "sleeper-two"
    page = desk.open(
        f"/{project}/models/new?like={uid}&change={quote('appliance.memory=512 MiB')}&change={quote('params.sleep_s=0.5')}&change=x"
    )
    assert (
        text_of(page)
        == waiting_noop(table, "sleeper-two").replace("{sleep_s: 0}", "{sleep_s: 0.5}") + "      appliance:\n        memory: 512 MiB\n"
    )
    expect(page.locator("#origin")).to_contain_text("Nothing runs before you say so.")
    expect(page.locator("#origin")).to_contain_text("appliance.memory=512 MiB")
    clone = {"schema_version": "1.0", "models": [{"classify": {"data_source": table, "labels": ["email_address"]}}]}
    like = client.post(f"{PROJECT}/models", json=clone, params={"runner_mode": "manual"}).json()["data"]["model"]["uid"]
    page = desk.open(f"/{project}/models/new?like={like}")
    expect(page.get_by_role("button", name="Find personal data")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#cards [aria-pressed=true]")).to_have_count(1)
    page = desk.open(f"/{project}/models/new?like={'0' * 24}")
    expect(page.locator("#origin")).to_have_text("There is no such model or run in this project.")
    expect(page.locator("#faults")).to_contain_text("data_source is a placeholder")


def test_a_refusal_is_told_in_place_and_nothing_is_lost(desk: Desk, client: httpx.Client, project: str, table: str) -> None:
    page = desk.open(f"/{project}/models/new?data={table}")
    fine(page)
    page.get_by_label("Configuration as YAML").fill(waiting_noop(table, "last-one"))
    fine(page)
    sleepers = []
    for number in range(30):
        config = {"schema_version": "1.0", "name": f"filler-{number}", "models": [{"noop": {"params": {"sleep_s": 60}}}]}
        answer = client.post(f"{PROJECT}/models", json=config)
        if answer.status_code == 400:
            break
        sleepers.append(answer.json()["data"]["model"]["uid"])
    try:
        page.get_by_role("button", name="Train").click()
        expect(page.locator("#refused")).to_contain_text("Maximum number of created jobs (10) reached")
        assert text_of(page) == waiting_noop(table, "last-one")
        expect(page.get_by_role("button", name="Train")).to_be_enabled()
    finally:
        for uid in reversed(sleepers):
            client.delete(f"{PROJECT}/models/{uid}").raise_for_status()


def test_names_of_strangers_are_text_and_leaving_unsent_changes_asks(desk: Desk, project: str, table: str) -> None:
    page = desk.open(f"/{project}/models/new?data={table}&change={quote('appliance.seed_columns=' + EVIL)}")
    expect(page.locator("#columns bdi").nth(2)).to_have_text(EVIL)
    expect(page.locator("#faults")).to_contain_text("seed_columns")
    page.get_by_label("Columns to leave out").fill(EVIL)
    page.get_by_label("Or one of all templates").focus()
    expect(page.locator("#templates option[value='transform/hipaa']")).to_have_count(1)
    page.get_by_label("Or one of all templates").fill("transform/hipaa")
    expect(page.get_by_label("Configuration as YAML")).to_have_value(re.compile(f"transform_v2:\n.*data_source: {table}"))
    fine(page)
    assert page.locator("main img, main [onerror]").count() == 0
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.goto(f"/{project}/models/new?data={table}")
    assert asked == ["beforeunload"]
    fine(page)
    page.goto(f"/{project}/models/new")
    assert asked == ["beforeunload"]


def test_a_file_is_sent_from_here_and_two_tables_are_held_against_each_other(
    chromium: Browser, house: LiveServer, project: str, table: str
) -> None:
    with Desk(chromium, house.url, viewport={"width": 390, "height": 800}, color_scheme="dark") as desk:
        desk.sign_in(house.key)
        page = desk.open(f"/{project}/models/new?template=evaluate/default")
        expect(page.locator("#faults")).to_contain_text("data_source is a placeholder")
        with page.expect_file_chooser() as chosen:
            page.get_by_role("button", name="Choose a file").click()
        chosen.value.set_files({"name": "made.csv", "mimeType": "text/csv", "buffer": TABLE})
        expect(page.locator("#facts")).to_contain_text("240 rows")
        expect(page.locator("#faults")).to_contain_text("ref_data is missing")
        expect(page.get_by_role("button", name="Evaluate synthetic data")).to_contain_text("has the same columns")
        page.get_by_label("Training table").select_option(table)
        fine(page)
        assert re.search(rf'ref_data:\n +["\']0["\']: {table}', text_of(page))
        expect(page.get_by_role("button", name="Start")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_draft_elsewhere_is_the_same_draft(desk: Desk, project: str, table: str, tmp_path: Path) -> None:
    page = desk.open(f"/{project}/models/new?data={table}")
    fine(page)
    text = text_of(page) + '# END\nEND\n: """\\\n'
    page.get_by_label("Configuration as YAML").fill(text)
    expect(page.locator("#faults")).to_contain_text("The text is not valid YAML")
    page.locator("details.same summary").click()
    shell = page.locator("details.same pre").first.text_content() or ""
    assert shell.startswith(f"cat > draft.yml <<'END_'\n{text}END_\ncurl -H ")
    done = subprocess.run(["bash", "-c", shell.partition("curl")[0]], cwd=tmp_path, capture_output=True, check=True)
    assert done.stderr == b""
    assert (tmp_path / "draft.yml").read_text() == text


def test_no_line_break_of_another_kind_ends_the_quotation(desk: Desk, client: httpx.Client, project: str, table: str) -> None:
    """A terminal takes each as the end of a line: the configuration of somebody else could run a command where it is pasted."""
    text = waiting_noop(table, "broken") + 'notifications: "\rEND\rtouch here\r"\n'
    made = client.post(f"{PROJECT}/models", json={"config": text}, params={"dry_run": "no"})
    assert made.status_code == 200, made.text
    page = desk.open(f"/{project}/models/new?like={made.json()['data']['model']['uid']}")
    fine(page)
    page.locator("details.same summary").click()
    shell = page.locator("details.same pre").first.text_content() or ""
    assert "touch here" in shell
    assert "\r" not in shell
    assert shell.startswith("cat > draft.yml <<'END_'\n")
