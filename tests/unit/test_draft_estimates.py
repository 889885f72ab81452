"""How long a job takes: what is typical, mended by what earlier ones took here."""

from __future__ import annotations

from appliance.console.estimates import SYNTHESIS, Earlier, Size, estimate, rates_of, records_made, seconds

TABLE = Size(10_000, 20, 5_000)


def test_without_a_table_nothing_is_promised() -> None:
    found = estimate(SYNTHESIS, None, (), 0)
    assert (found.seconds, found.memory_bytes, found.basis) == (None, None, "unknown")


def test_what_is_typical_is_a_span_around_it() -> None:
    found = estimate(SYNTHESIS, TABLE, (), 1 << 30)
    assert found.seconds is not None
    assert found.seconds[0] < seconds(SYNTHESIS, TABLE) < found.seconds[1]
    assert (found.basis, found.jobs, found.memory_bytes) == ("typical", 0, 1 << 30)


def test_a_slow_machine_tells_by_its_earlier_jobs_of_any_size() -> None:
    small = Size(1_000, 5, 1_000)
    earlier = [Earlier(3 * seconds(SYNTHESIS, small), *small) for _ in range(3)]
    found = estimate(SYNTHESIS, TABLE, earlier, 0)
    assert found.seconds is not None
    assert found.seconds[0] < 3 * seconds(SYNTHESIS, TABLE) < found.seconds[1] < 6 * seconds(SYNTHESIS, TABLE)
    assert found.why == "From 3 earlier jobs of this type here."


def test_one_odd_job_among_many_does_not_count() -> None:
    usual = [Earlier(seconds(SYNTHESIS, TABLE), *TABLE)] * 5
    odd = Earlier(1000 * seconds(SYNTHESIS, TABLE), *TABLE)
    assert estimate(SYNTHESIS, TABLE, [*usual, odd], 0).seconds == estimate(SYNTHESIS, TABLE, usual, 0).seconds


def test_more_rows_than_are_learnt_from_cost_no_more() -> None:
    assert seconds(SYNTHESIS, Size(10**9, 50)) == seconds(SYNTHESIS, Size(10**6, 50))


def test_figures_have_no_more_digits_than_are_known() -> None:
    found = estimate(SYNTHESIS, Size(123_457, 31, 5_003), (), 0)
    assert found.seconds is not None
    assert all(len(f"{end:g}".replace(".", "").strip("0")) <= 2 for end in found.seconds)


def test_each_kind_of_job_has_its_own_rates() -> None:
    private = {"privacy_params": {"dp": True}}
    assert len({rates_of("actgan", {}), rates_of("tabular_ft", private), rates_of("evaluate", {}), rates_of("classify", {})}) == 4
    assert records_made("amplify", {"params": {"num_records": None}}, 70) == 70
    assert records_made("actgan", {"generate": {"num_records": 9}}, 70) == 9
    assert records_made("classify", {}, 70) == 0
