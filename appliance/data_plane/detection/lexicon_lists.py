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
    "everyday_things",
)

FIRST, LAST, FREQUENT_LAST, CITY, LARGE_CITY, COUNTRY, STATE = (1 << place for place in range(7))
COMPANY, JOB, LANGUAGE, NATIONALITY, COMMON, THING = (1 << place for place in range(7, 13))
