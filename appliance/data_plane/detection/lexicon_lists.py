"""The lists of the lexicon, by the bit that stands for each."""

from __future__ import annotations

LISTS = (
    "first_names",
    "last_names",
    "frequent_last_names",
    "cities",
    "large_cities",
    "countries",
    "states",
    "companies",
    "jobs",
    "languages",
    "nationalities",
    "common_words",
)
FIRST, LAST, FREQUENT_LAST, CITY, LARGE_CITY, COUNTRY, STATE, COMPANY, JOB, LANGUAGE, NATIONALITY, COMMON = (
    1 << n for n in range(len(LISTS))
)
