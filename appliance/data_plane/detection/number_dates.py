"""Dates inside numbers: months and days written as two digits."""

from __future__ import annotations


def is_day(month: str, day: str) -> bool:
    """Whether two texts of digits are a month and a day of it (29 February counts in any year)."""
    if not (month.isdigit() and day.isdigit()):
        return False
    number = int(month)
    return 1 <= number <= 12 and 1 <= int(day) <= (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[number - 1]
