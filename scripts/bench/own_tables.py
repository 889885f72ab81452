"""Tables of different character that the benchmark makes itself, so that the engine is not fitted to the shared ones.

Every maker takes rows and a random generator, so that as many fresh rows of the same kind can be had as a measure wants."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd


def chains(rows: int, random: np.random.Generator) -> pd.DataFrame:
    """Six months of balances with a limit, payments that are a share, all or nothing of the last balance, and who falls behind."""
    limit = np.exp(random.normal(8.5, 0.8, rows)).round(-2) + 100
    use, habit = random.beta(0.8, 1.2, rows), random.choice(3, rows, p=[0.3, 0.5, 0.2])
    balance = limit * use
    frame = {"limit": limit.astype(int), "age": np.clip(random.gamma(9, 4.5, rows), 18, 90).astype(int)}
    for month in range(6):
        share = np.select([habit == 0, habit == 1], [1.0, random.choice([0.05, 0.1], rows)], 0.0)
        paid = np.where(random.random(rows) < 0.9, share * balance, 0.0)
        paid = np.where(random.random(rows) < 0.3, paid.round(-2), paid.round())
        frame[f"balance_{month}"], frame[f"paid_{month}"] = balance.round().astype(int), paid.astype(int)
        balance = np.minimum(np.maximum(balance - paid, 0) * 1.015 + random.exponential(0.1, rows) * limit * use, 1.02 * limit)
    risk = 1 / (1 + np.exp(-(3 * balance / limit - 3 + 1.5 * (habit == 2) - 0.02 * (frame["age"] - 40))))
    return pd.DataFrame({**frame, "behind": _words(random.random(rows) < risk, ("no", "yes"))})


def skewed(rows: int, random: np.random.Generator) -> pd.DataFrame:
    """Claims: mostly nothing, else long-tailed amounts; exposure, mileage, price and what depends on them."""
    region = random.choice(8, rows, p=[0.3, 0.2, 0.15, 0.12, 0.1, 0.07, 0.04, 0.02])
    price = np.exp(random.normal(9.8 + 0.1 * region, 0.6, rows)).round(-1)
    power = (price**0.4 * np.exp(random.normal(1.0, 0.2, rows))).round()
    miles = np.where(random.random(rows) < 0.08, np.nan, (np.exp(random.normal(9, 0.9, rows))).round(-2))
    count = random.poisson(np.exp(-2.2 + 0.1 * region + 0.25 * (np.nan_to_num(miles, nan=8000) > 12000)))
    amount = np.where(count > 0, np.exp(random.normal(6.5 + 0.00001 * price, 1.3, rows)) * np.maximum(count, 1), 0.0).round(2)
    late = np.where(amount > 0, np.where(random.random(rows) < 0.4, 0, random.exponential(20, rows)).round(), np.nan)
    fraud = random.random(rows) < 1 / (1 + np.exp(-(-4 + 0.8 * np.log1p(amount) / 2 + 0.5 * (region > 4))))
    return pd.DataFrame(
        {
            "region": [f"R{place}" for place in region],
            "price": price,
            "power": power,
            "miles": miles,
            "claims": count,
            "amount": amount,
            "days_late": late,
            "premium": (price * 0.03 * (1 + 0.3 * (count > 0)) + random.gamma(2, 20, rows)).round(2),
            "suspicious": _words(fraud, ("no", "yes")),
        }
    )


def words(rows: int, random: np.random.Generator) -> pd.DataFrame:
    """Categories in four scripts: many towns that determine their district, trades of unlike size, and answers that hang together."""
    towns = [
        f"{first}{last}"
        for first in ("大", "小", "東", "西", "南", "北", "高", "松", "山", "川")
        for last in ("阪", "山", "川", "島", "田", "野")
    ]
    town = random.choice(len(towns), rows, p=_zipf(len(towns), 0.9))
    trades = ["κηπουρός", "δάσκαλος", "ναύτης", "γιατρός", "έμπορος", "ράφτης", "μάγειρας", "οδηγός", "άνεργος", "φοιτητής"]
    trade = (random.choice(10, rows, p=_zipf(10, 0.7)) + (town % 3) * (random.random(rows) < 0.3)).astype(int) % 10
    mood = np.clip(random.normal(0.25 * trade - 0.05 * (town % 7), 1.2, rows), -2.4, 2.4)
    scale = np.asarray(["سيء جدا", "سيء", "متوسط", "جيد", "ممتاز"], object)
    age = np.clip(random.normal(30 + 2.5 * trade, 11, rows), 16, 95).astype(int)
    vote = random.random(rows) < 1 / (1 + np.exp(-(0.8 * mood + 0.03 * (age - 45))))
    frame = {"町": np.asarray(towns, object)[town], "区": np.asarray([f"第{place}区" for place in range(9)], object)[town % 9]}
    frame |= {"επάγγελμα": np.asarray(trades, object)[trade], "ηλικία": age}
    for place in range(5):
        told = np.clip(np.rint(mood + random.normal(0, 0.7, rows)) + 2, 0, 4).astype(int)
        frame[f"رأي {place}"] = np.where(random.random(rows) < 0.05, None, scale[told])
    return pd.DataFrame({**frame, "голос": _words(vote, ("нет", "да"))})


def sparse(rows: int, random: np.random.Generator) -> pd.DataFrame:
    """A hundred flags, most of them nearly always off, that come in groups, with a count and a class."""
    topic = random.choice(6, rows, p=_zipf(6, 0.8))
    rate = random.random((6, 100)) ** 6 * 0.6 + 0.01
    flags = (random.random((rows, 100)) < rate[topic]).astype(int)
    flags[:, 50:60] |= flags[:, 40:50] & (random.random((rows, 10)) < 0.7)
    frame = {f"flag_{place}": flags[:, place] for place in range(100)}
    kind = np.where(random.random(rows) < 0.85, topic, random.integers(0, 6, rows)) > 1
    return pd.DataFrame({**frame, "words": flags.sum(1) * 7 + random.poisson(30, rows), "kind": _words(kind, ("ham", "spam"))})


def clinic(rows: int, random: np.random.Generator) -> pd.DataFrame:
    """Patients: laboratory values around two hidden severities, values missing together, an outcome. Meant for a few hundred rows."""
    liver, age = random.normal(size=rows), np.clip(random.normal(52, 11, rows), 20, 85).round(1)
    bile = np.exp(0.9 * liver + random.normal(0.5, 0.5, rows)).round(1)
    frame = {"age": age, "sex": _words(random.random(rows) < 0.7, ("m", "w")), "bilirubin": bile}
    frame["albumin"] = (3.5 - 0.25 * liver + random.normal(0, 0.3, rows)).round(2)
    frame["alk"] = np.exp(random.normal(7.2 + 0.2 * liver, 0.6, rows)).round()
    frame["platelets"] = (260 - 30 * liver + random.normal(0, 80, rows)).round()
    frame["time"] = np.exp(random.normal(7.3 - 0.4 * liver, 0.5, rows)).round()
    frame["stage"] = np.clip(np.rint(3 + 0.7 * liver + random.normal(0, 0.6, rows)), 1, 4)
    gone = random.random(rows) < 0.25
    for name, base in (("copper", 4.2), ("lipids", 4.7), ("enzyme", 4.8)):
        frame[name] = np.where(gone, np.nan, np.exp(random.normal(base + 0.3 * liver, 0.5, rows)).round())
    frame["ascites"] = np.where(gone, None, _words(random.random(rows) < 1 / (1 + np.exp(3 - 1.5 * liver)), ("no", "yes")))
    dead = random.random(rows) < 1 / (1 + np.exp(-(1.4 * liver + 0.05 * (age - 52))))
    return pd.DataFrame({**frame, "died": _words(dead, ("no", "yes"))})


def eight(rows: int, random: np.random.Generator) -> pd.DataFrame:
    """Eight related numbers, no two rows alike."""
    hidden = random.normal(size=(rows, 2))
    loads = np.asarray([[1, 0.4, -0.7, 0.2, 1.3, -0.2, 0.6, 0], [0.3, -0.9, 0.5, 1.1, 0, 0.8, -0.4, 1]])
    values = np.round(hidden @ loads + random.normal(size=(rows, 8)) * 0.6, 3)
    label = _words(values[:, 0] + values[:, 7] + random.normal(size=rows) > 0, ("low", "high"))
    return pd.DataFrame({**{f"x{place}": values[:, place] for place in range(8)}, "label": label})


def _words(flags: np.ndarray, names: tuple[str, str]) -> np.ndarray:
    return np.asarray(names, object)[flags.astype(int)]


def _zipf(count: int, power: float) -> np.ndarray:
    weights = 1 / np.arange(1, count + 1) ** power
    return np.asarray(weights / weights.sum())


OWN: dict[str, tuple[Callable[[int, np.random.Generator], pd.DataFrame], int, str]] = {
    "chains": (chains, 6000, "behind"),
    "skewed": (skewed, 4000, "suspicious"),
    "words": (words, 5000, "голос"),
    "sparse": (sparse, 2000, "kind"),
    "clinic": (clinic, 300, "died"),
    "eight": (eight, 800, "label"),
}
"""Maker, training rows, target."""


def load_own(name: str, seed: int = 0, spare: int = 6000) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Training rows, `spare` other rows of the same kind, and the target."""
    make, rows, target = OWN[name]
    frame = make(rows + spare, np.random.default_rng([seed, list(OWN).index(name)]))
    return frame.iloc[:rows].reset_index(drop=True), frame.iloc[rows:].reset_index(drop=True), target
