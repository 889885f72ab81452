"""What keyed values cost, and whether their promises hold over a million of them (goals 10 and 11).

    OMP_NUM_THREADS=1 python -m scripts.bench.values [--values 1000000] [--entities name email …]

FF1: nine-digit values and card numbers enciphered and deciphered, every one compared. Unique fakes: how many values share one. Fakes by
entity: cells per CPU second with all values distinct, without the making of pools, which is told apart. CPU seconds, one thread."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from typing import Any

from appliance.configurations.entities import TRANSFORM_ENTITIES
from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.fakes import Fakes
from appliance.data_plane.transform.values.fpe import FormatCipher
from appliance.data_plane.transform.values.hashes import hashed
from appliance.data_plane.transform.values.keys import ValueKey
from appliance.data_plane.transform.values.masks import partial_mask
from appliance.data_plane.transform.values.unique import unique_fakes

KEY = ValueKey(bytes(range(32)))
FORMS: dict[str, Callable[[int], str]] = {
    "phone_number": lambda place: f"+1 (415) {place // 10_000 % 1000:03d}-{place % 10_000:04d}",
    "ssn": lambda place: f"{place // 10_000 % 1000:03d}-{45 + place // 10_000_000}-{place % 10_000:04d}",
    "credit_debit_card": lambda place: f"4111 {place // 10_000:04d} {place % 10_000:04d} 1111",
    "postcode": lambda place: f"{place:07d}",
    "date": lambda place: f"{1900 + place // 336 % 120}-{1 + place % 12:02d}-{1 + place % 28:02d}",
    "date_of_birth": lambda place: f"{1900 + place // 336 % 120}-{1 + place % 12:02d}-{1 + place % 28:02d}",
    "date_time": lambda place: f"2020-01-{1 + place // 86_400 % 28:02d}T{place // 3600 % 24:02d}:{place // 60 % 60:02d}:{place % 60:02d}",
    "latitude": lambda place: f"{place % 90}.{place:07d}",
    "longitude": lambda place: f"{place % 180}.{place:07d}",
    "account_number": lambda place: f"DE89 3704 0044 {place:010d}",
    "vehicle_identifier": lambda place: f"1HGCM8263{place:08d}",
    "age": lambda place: str(place % 100),
}


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of a piece of work, and what it gave."""
    start = time.process_time()
    made = work()
    return time.process_time() - start, made


def told(name: str, count: int, cost: float, more: str = "") -> None:
    """One line of the table."""
    print(f"  {name:34} {count / cost / 1e6:6.2f} M per CPU s  {more}", flush=True)


def ciphers(count: int) -> None:
    """FF1 there and back."""
    cipher = FormatCipher(KEY.subkey("bench"))
    sets = {
        "FF1, nine digits": [f"{place * 7919 % 10**9:09d}" for place in range(count)],
        "FF1, card numbers": [f"4{place * 104_729:015d}" for place in range(count)],
        "FF1, letters and digits": [f"AB-{place % 1000:03d}-cd{place // 1000:05d}" for place in range(count)],
    }
    for name, values in sets.items():
        there, secret = seconds(lambda values=values: cipher.encrypt(values))
        back, plain = seconds(lambda secret=secret: cipher.decrypt(secret))
        told(
            name,
            count,
            there,
            f"back {count / back / 1e6:.2f} M; {sum(map(str.__ne__, plain, values))} differ; {count - len(set(secret))} shared",
        )


def uniques(count: int) -> None:
    """Unique fakes, and how many values share one."""
    fakes = Fakes(KEY)
    for entity in ("name", "email", "customer_id", "credit_debit_card"):
        form = FORMS.get(entity, lambda place: f"C{place:09d}")
        values = [form(place) for place in range(count)]
        cost, made = seconds(lambda entity=entity, values=values: unique_fakes(fakes, entity, values))
        told(f"unique {entity}", count, cost, f"{count - len(set(made))} shared")


def rates(count: int, entities: Sequence[str]) -> None:
    """Fakes by entity, and other keyed values."""
    fakes = Fakes(KEY)
    values = [f"person {place}" for place in range(count)]
    told("keyed hash", count, seconds(lambda: hashed(KEY, values))[0])
    told("partial mask", count, seconds(lambda: partial_mask(values, 2, "***", 2))[0])
    told("draws", count, seconds(lambda: Draws(KEY.digest("bench", values)).index(1000))[0])
    for entity in entities:
        form = FORMS.get(entity, lambda place: f"person {place}")
        cells = [form(place) for place in range(count)]
        pools, _ = seconds(lambda entity=entity, cells=cells: fakes.entity(entity, cells[:1]))
        cost, made = seconds(lambda entity=entity, cells=cells: fakes.entity(entity, cells))
        told(f"fake {entity}", count, cost, f"pools {pools:.2f} s; {len(set(made)):,} distinct")


def main() -> None:
    """Run all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--values", type=int, default=1_000_000)
    parser.add_argument("--entities", nargs="*", default=list(TRANSFORM_ENTITIES))
    given = parser.parse_args()
    ciphers(given.values)
    uniques(given.values)
    rates(min(given.values, 200_000), given.entities)


if __name__ == "__main__":
    main()
