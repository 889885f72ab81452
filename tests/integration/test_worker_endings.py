"""How attempts end when the model misbehaves: the outcome says why in words of ours, with figures, and never with a value."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.contract.job import AttemptLimits, Outcome, Preload, State
from appliance.contract.run_directory import RunDirectory
from appliance.control_plane.launchers.launcher import Launch
from appliance.control_plane.launchers.local import LocalLauncher
from tests.integration.launching import LIMITS, prepare

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="zygotes and memory limits are Linux's")

SMALL = AttemptLimits(memory_bytes=128 << 20)


@pytest.fixture
async def rough() -> AsyncIterator[LocalLauncher]:
    launcher = LocalLauncher(preloads={Preload.BASE: ("tests.integration.rough_model",)})
    yield launcher
    await launcher.stop()


@pytest.fixture
async def plain() -> AsyncIterator[LocalLauncher]:
    launcher = LocalLauncher(preloads={Preload.BASE: ()})
    yield launcher
    await launcher.stop()


async def outcome_of(launcher: LocalLauncher, run: RunDirectory) -> Outcome:
    async with asyncio.timeout(30):
        await (await launcher.launch(Launch(run))).ended()
    outcome = run.read_outcome()
    assert outcome is not None
    return outcome


async def test_a_single_grab_beyond_the_limit_is_out_of_memory_with_figures(plain: LocalLauncher, tmp_path: Path) -> None:
    outcome = await outcome_of(plain, prepare(tmp_path, "a.1", SMALL, memory_bytes=1 << 30))
    assert outcome.failure is not None
    assert outcome.failure.error_id == "out_of_memory"
    assert "128 MiB" in outcome.failure.message
    assert "appliance.memory" in outcome.failure.hint
    assert outcome.confinement["limits"] == "applied"


async def test_a_family_that_outgrows_the_limit_together_is_out_of_memory(rough: LocalLauncher, tmp_path: Path) -> None:
    outcome = await outcome_of(rough, prepare(tmp_path, "a.1", SMALL, rough="crowd"))
    assert outcome.failure is not None
    assert outcome.failure.error_id == "out_of_memory"
    assert outcome.usage.rss_peak > SMALL.memory_bytes


async def test_what_fits_completes(plain: LocalLauncher, tmp_path: Path) -> None:
    outcome = await outcome_of(plain, prepare(tmp_path, "a.1", LIMITS, memory_bytes=200 << 20))
    assert outcome.state is State.COMPLETED
    assert outcome.usage.rss_peak > 200 << 20


@pytest.mark.parametrize("kind", ["value", "exit"])
async def test_an_error_with_a_value_in_its_text_leaves_none(rough: LocalLauncher, tmp_path: Path, kind: str) -> None:
    run = prepare(tmp_path, "a.1", rough=kind)
    outcome = await outcome_of(rough, run)
    assert outcome.failure is not None
    assert outcome.failure.error_id == "internal_error"
    assert "rough_model.py" in outcome.failure.traceback
    written = b"".join(path.read_bytes() for path in run.path.iterdir() if path.is_file())
    assert b"canary-4711" not in written


async def test_a_failure_of_the_model_is_told_in_its_own_words(plain: LocalLauncher, tmp_path: Path) -> None:
    outcome = await outcome_of(plain, prepare(tmp_path, "a.1", fail="The file has no rows."))
    assert outcome.state is State.ERROR
    assert outcome.failure is not None
    assert (outcome.failure.error_id, outcome.failure.message) == ("job_failed", "The file has no rows.")


async def test_an_unknown_model_type_is_an_error_not_a_crash(plain: LocalLauncher, tmp_path: Path) -> None:
    run = prepare(tmp_path, "a.1")
    run.assignment.write_bytes(run.assignment.read_bytes().replace(b'"noop",', b'"gpt_x",', 1))
    outcome = await outcome_of(plain, run)
    assert outcome.failure is not None
    assert "gpt_x" in outcome.failure.message


async def test_an_assignment_that_cannot_be_read_is_an_error_not_a_crash(plain: LocalLauncher, tmp_path: Path) -> None:
    run = prepare(tmp_path, "a.1")
    run.assignment.write_bytes(b"{")
    outcome = await outcome_of(plain, run)
    assert outcome.failure is not None
    assert outcome.failure.error_id == "internal_error"
