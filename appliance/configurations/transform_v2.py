"""`transform_v2`: the sections of the language, and the rules that tie them together. What expressions may say is in `expression/`."""

from __future__ import annotations

import difflib
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, field

from appliance.configurations.document import Loc
from appliance.configurations.entities import DEFAULT_ENTITIES, LABELS, TRANSFORM_ENTITIES, canonical, plain_word
from appliance.configurations.kinds import Column, Count, Natural, PassedFormat, Positive, Share, Text
from appliance.configurations.locales import LOCALES, locale_of
from appliance.configurations.model_type import ModelType
from appliance.configurations.quantities import seconds
from appliance.configurations.section import Appliance, Section
from appliance.configurations.transform_rules import check_steps, repaired_entities
from appliance.configurations.walk import Walk, nearest

NAME = "transform_v2"

_MAX_DOMAIN = 64


class TransformClassify(Section, frozen=True):
    """How columns are classified, once, when the model is trained. `entities`: the words that `column.entity` may have. `num_samples` is of
    an engine that shows values to a language model; here nothing is shown to anybody, and it has no effect."""

    used: ClassVar[frozenset[str]] = frozenset({"enable", "entities"})
    enable: bool = True
    entities: list[Text] = field(default_factory=lambda: list(DEFAULT_ENTITIES))
    num_samples: Natural = 3


class GlinerBatches(Section, frozen=True):
    """How a language model would be fed."""

    enable: bool = True
    batch_size: Count = 8
    chunk_length: Count = 512


class TransformNer(Section, frozen=True):
    """How personal data in free text is found. `ner_threshold`: the least score. `entities` null: those of classify."""

    used: ClassVar[frozenset[str]] = frozenset({"ner_threshold", "entities"})
    ner_threshold: Share = 0.3
    entities: list[Text] | None = None
    ner_optimized: bool = True
    enable_regexps: bool = False
    enable_gliner: bool = True
    gliner_batch_mode: GlinerBatches = GlinerBatches()
    gliner: dict[str, Any] | None = None


class TransformGlobals(Section, frozen=True):
    """What all steps share; expressions read it as `globals`. `locales`: of fakes, null: `en_US`. `lock_columns`: never changed.
    `consistency` is of an older engine; here the same value always becomes the same fake."""

    used: ClassVar[frozenset[str]] = frozenset({"locales", "seed", "lock_columns", "classify", "ner"})
    locales: list[Text] | Text | None = None
    seed: Annotated[int, Meta(gt=-(2**31), lt=2**31)] | None = None
    lock_columns: list[Column] = field(default_factory=list)
    consistency: Text | None = None
    classify: TransformClassify = TransformClassify()
    ner: TransformNer = TransformNer()


class TransformAppliance(Appliance, frozen=True):
    """The appliance's own keys that a transform uses.

    on_error: what a cell becomes whose expressions fail: `redact` (a placeholder), `null`, or `fail`, which ends the job; never its source.
    unique: no two sources become the same fake: true, or the columns or entities for which that holds. domains: `{column or entity: name}`:
    what has the same name becomes the same fakes; by default the entity is the name. csv_guard: texts that a spreadsheet would run as
    formulas get an apostrophe in front. rule_timeout: seconds (or text such as `2 m`) that one rule may take for one batch of rows.
    key: number of the project's key for fakes and hashes; null: the present one. repairs: what was repaired when the configuration was
    read, kept for the log."""

    used: ClassVar[frozenset[str]] = frozenset(
        {"seed", "max_duration", "memory", "format", "on_error", "unique", "domains", "csv_guard", "rule_timeout", "key", "repairs"}
    )
    on_error: Literal["redact", "null", "fail"] = "redact"
    unique: bool | list[Column] = False
    domains: dict[str, Any] = field(default_factory=dict)
    csv_guard: bool = False
    rule_timeout: Positive | Text = 60.0
    key: Natural | None = None
    format: PassedFormat | None = None  # type: ignore[assignment]  # wider than of what is generated
    repairs: list[Text] = field(default_factory=list)


class TransformV2(ModelType, frozen=True):
    """`transform_v2`. `steps` are read by `check_transform_v2`."""

    used: ClassVar[frozenset[str]] = frozenset({"data_source", "steps"})
    globals: TransformGlobals = TransformGlobals()
    steps: list[Any] = field(default_factory=list)
    appliance: TransformAppliance = TransformAppliance()


def check_transform_v2(walk: Walk, section: dict[str, Any], loc: Loc) -> None:
    """Every rule of a filled-in `transform_v2` section. Steps are filled in, locales get their usual names and known misspellings are
    repaired, all in place; what was repaired, and what will match nothing, is told in `walk.warnings`."""
    own, shared = section["appliance"], section["globals"]
    place: Loc = (*loc, "globals")
    _check_locales(walk, shared, (*place, "locales"))
    repairs: list[str] = []
    for key in ("classify", "ner"):
        listed = shared[key]["entities"]
        shared[key]["entities"] = repaired_entities(listed, f"globals.{key}.entities", repairs)
    _check_own(walk, own, (*loc, "appliance"))
    section["steps"] = check_steps(walk, section["steps"], (*loc, "steps"), repairs)
    own["repairs"] = [*own["repairs"], *(repair for repair in repairs if repair not in own["repairs"])]
    walk.warnings.extend([*own["repairs"], *_unknown_entities(shared)])


def wanted_entities(section: dict[str, Any]) -> tuple[str, ...]:
    """The words that columns may be classified as: those of `globals.classify.entities`, then those that rules name besides."""
    named: list[str] = list(section["globals"]["classify"]["entities"])
    for step in section["steps"]:
        for rule in (*step["columns"]["drop"], *step["rows"]["update"]):
            named.extend(listed(rule["entity"]))
    return tuple(dict.fromkeys(named))


def text_entities(section: dict[str, Any]) -> tuple[str, ...]:
    """The words that stretches of free text are looked for as."""
    wanted = section["globals"]["ner"]["entities"]
    return tuple(dict.fromkeys(section["globals"]["classify"]["entities"] if wanted is None else wanted))


def effective_seed(section: dict[str, Any]) -> int | None:
    """The seed that the configuration gives: `appliance.seed`, or `globals.seed`."""
    own: int | None = section["appliance"]["seed"]
    shared: int | None = section["globals"]["seed"]
    return shared if own is None else own


def listed(value: Any) -> list[Any]:
    """One or a list as a list; null as none."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _check_locales(walk: Walk, shared: dict[str, Any], loc: Loc) -> None:
    if shared["locales"] is None:
        return
    found = []
    for number, word in enumerate(listed(shared["locales"])):
        name = locale_of(word)
        if name is None:
            close = nearest(word.replace("-", "_"), LOCALES)
            walk.fault(
                (*loc, number), f"'{word[:64]}' is not a known locale{close if 'nearest' in close else '; locales look like en_US'}."
            )
        else:
            found.append(name)
    shared["locales"] = list(dict.fromkeys(found)) or None


def _check_own(walk: Walk, own: dict[str, Any], loc: Loc) -> None:
    for name, domain in own["domains"].items():
        if not isinstance(domain, str) or not 0 < len(domain) <= _MAX_DOMAIN:
            walk.fault((*loc, "domains", name[:64]), f"A domain must be a text of 1 to {_MAX_DOMAIN} characters.")
    limit = seconds(own["rule_timeout"])
    if limit is None or limit <= 0:
        walk.fault((*loc, "rule_timeout"), "rule_timeout must be a number of seconds above 0, or a text such as '30 s' or '2 m'.")
    else:
        own["rule_timeout"] = limit


def _unknown_entities(shared: dict[str, Any]) -> list[str]:
    unknown = {
        word: f"globals.{key}.entities: '{word[:64]}' is not a known entity{_near_entity(word)}; "
        + ("a column is found for it by its name only." if key == "classify" else "nothing in free text is found for it.")
        for key in ("ner", "classify")
        for word in shared[key]["entities"] or ()
        if not canonical(word)
    }
    return sorted(unknown.values())


def _near_entity(word: str) -> str:
    known = sorted({*TRANSFORM_ENTITIES, *LABELS, *(alias for label in LABELS.values() for alias in label.aliases)})
    close = difflib.get_close_matches(plain_word(word)[:64], known, n=1, cutoff=0.6)
    return f", the nearest known one is '{close[0]}'" if close else ""
