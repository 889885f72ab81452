"""The one YAML reader: safe types only, no tags, no anchors, no duplicate keys, dates left as text."""

from __future__ import annotations

from typing import Any

import yaml

from appliance.configurations.document import refused

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LONGEST_NUMBER = 400
"""Characters; reading a longer one in base 60 (`1:1:1:…`) takes time by the square of its length."""


class _Loader(_Base):  # type: ignore[misc]
    """PyYAML's safe loader without timestamps, which JSON has no word for."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in _Base.yaml_implicit_resolvers.items()
    }

    def construct_yaml_int(self, node: Any) -> Any:
        """A whole number of a bounded length."""
        if len(node.value) > _LONGEST_NUMBER:
            raise yaml.constructor.ConstructorError(None, None, "a number that cannot be read", node.start_mark)
        return super().construct_yaml_int(node)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"the key {key.value[:64]!r} appears twice", key.start_mark)
                seen.add(key.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)


def load_yaml(text: bytes, max_depth: int) -> Any:
    """The value of one YAML document. Raises ConfigurationRefused, with line and column, for everything that cannot be accepted."""
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise refused((), f"The text is not UTF-8 (byte {error.start}).") from None
    try:
        _survey(decoded, max_depth)
        return yaml.load(decoded, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise refused((), f"The text is not valid YAML{_where(error.problem_mark)}: {error.problem or 'it cannot be read'}.") from None
    except yaml.YAMLError:
        raise refused((), "The text is not valid YAML: it holds characters that YAML does not allow.") from None
    except (ValueError, OverflowError):
        raise refused((), "The text is not valid YAML: it holds a number that cannot be read.") from None


def _survey(text: str, max_depth: int) -> None:
    """Look at the flat list of parser events first: the tree is only built when it can neither grow nor run deep."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise refused((), f"Anchors and aliases are not accepted{_where(event.start_mark)}; write the values out.")
        if getattr(event, "tag", None):
            raise refused((), f"Tags are not accepted{_where(event.start_mark)}; write plain values.")
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
            if depth > max_depth:
                raise refused((), f"A configuration may be nested at most {max_depth} levels deep{_where(event.start_mark)}.")
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1


def _where(mark: Any) -> str:
    return f" (line {mark.line + 1}, column {mark.column + 1})" if mark is not None else ""
