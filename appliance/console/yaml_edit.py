"""Changes applied to the text of a configuration, so that its author's comments, order and style stay as they are.

The text is patched by the marks of its nodes, read again and taken only
if it says exactly that. Where it does not (JSON, a collection on one line, unusual YAML), the document is written out anew.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import msgspec
import yaml

from appliance.configurations.document import Loc, read_document
from appliance.console.changes import Change, changed
from appliance.errors import ConfigurationRefused

LARGEST_PATCHED = 64 << 10
"""Characters of a text that is patched; the marks of a longer one take too long to find."""
MOST_PATCHED = 256 << 10
"""Characters that are patched for all changes together: every change finds the marks of the whole text anew."""
_SHORT_LIST = 12


def edit(text: str, document: dict[str, Any], changes: tuple[Change, ...]) -> tuple[str, dict[str, Any]]:
    """The text and its document after `changes`. Raises BadRequest for a change without a place, ConfigurationRefused for a value that no
    configuration may hold."""
    read = 0
    for at, change in enumerate(changes):
        read += len(text)
        if len(text) > LARGEST_PATCHED or read > MOST_PATCHED:
            return _edited(text, document, changes[at:])
        wanted = changed(document, change.loc, change)
        if same(wanted, document):
            continue
        patched = _patched(text, change, wanted)
        if patched is not None and _says(patched, wanted):
            text, document = patched, wanted
        else:
            text, document = _written(wanted)
    return text, document


def _edited(text: str, document: dict[str, Any], changes: tuple[Change, ...]) -> tuple[str, dict[str, Any]]:
    """The text after `changes`, written out anew where they change anything."""
    wanted = reduce(lambda value, change: changed(value, change.loc, change), changes, document)
    return (text, document) if same(wanted, document) else _written(wanted)


def _written(document: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    text = dumped(document)
    return text, read_document(text.encode())


def dumped(document: Any) -> str:
    """A document as YAML, in the order of its keys."""
    return str(yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120, default_flow_style=False))


def same(one: Any, other: Any) -> bool:
    """Whether two documents are equal as JSON: true is not 1, 1 is not 1.0."""
    return msgspec.json.encode(one, order="sorted") == msgspec.json.encode(other, order="sorted")


def composed(text: str) -> Any:
    """The tree of nodes with their marks, or None where there is none (JSON with tabs in it)."""
    try:
        return yaml.compose(text, Loader=_Base)
    except yaml.YAMLError:
        return None


def line_of(text: str, root: Any, loc: Loc) -> int | None:
    """The line, from 1, of the deepest key or item on the way to `loc` that the text has."""
    node, mark = root, None
    for key in loc:
        step = _step(node, key)
        if step is None:
            break
        mark, node = step
    return None if mark is None else text.count("\n", 0, mark.index) + 1


def _step(node: Any, key: str | int) -> tuple[Any, Any] | None:
    """The mark and the node one key further down."""
    if isinstance(node, yaml.MappingNode):
        return next(((name.start_mark, child) for name, child in node.value if name.value == str(key)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key].start_mark, node.value[key]
    return None


def _says(text: str, wanted: Any) -> bool:
    try:
        return same(read_document(text.encode()), wanted)
    except ConfigurationRefused:
        return False


def _patched(text: str, change: Change, wanted: Any) -> str | None:
    """The text with the smallest patch that should make it say `wanted`; None where only a new text can."""
    inner = _inside(text, change) if not change.remove and _is_inline(change.value) else None
    if inner is not None:
        return inner
    node, key, value, depth = composed(text), None, wanted, 0
    while depth < len(change.loc) and _is_block(node):
        step, last = change.loc[depth], depth == len(change.loc) - 1
        if isinstance(node, yaml.MappingNode):
            at = next((at for at, (name, _) in enumerate(node.value) if name.value == str(step)), None)
            if at is None:
                return _inserted(text, node, {str(step): value[str(step)]})
            if last and change.remove:
                if len(node.value) == 1:
                    break
                return _removed(text, node, at)
            key, node, value = node.value[at][0], node.value[at][1], value[str(step)]
        else:
            if not isinstance(step, int) or step >= len(node.value) or (last and change.remove):
                break
            key, node, value = None, node.value[step], value[step]
        depth += 1
    return _replaced(text, key, node, value) if depth else None


def _inside(text: str, change: Change) -> str | None:
    """The text with one value in a collection on one line replaced; None where that is not what the change asks for."""
    node, flow = composed(text), False
    for key in change.loc:
        flow = flow or (isinstance(node, yaml.CollectionNode) and bool(node.flow_style))
        step = _step(node, key)
        if step is None:
            return None
        node = step[1]
    start, end = node.start_mark.index, node.end_mark.index
    return text[:start] + _inline(change.value) + text[end:] if flow and start < end else None


def _is_block(node: Any) -> bool:
    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def _end(text: str, node: Any) -> int:
    """Where the last character of a node is over, without the blank lines and comments behind a block."""
    while _is_block(node):
        last = node.value[-1]
        node = last[1] if isinstance(node, yaml.MappingNode) else last
    end: int = node.end_mark.index
    return len(text[:end].rstrip()) if getattr(node, "style", None) in ("|", ">") else end


def _replaced(text: str, key: Any, node: Any, value: Any) -> str:
    start, end = node.start_mark.index, _end(text, node)
    inline = _is_inline(value) or (bool(getattr(node, "value", None)) and bool(getattr(node, "flow_style", False)))
    if inline and start < end and not _is_block(node):
        return text[:start] + _inline(value) + text[end:]
    if key is None:
        return text[:start] + _inline(value) + text[end:]
    colon = text.index(":", key.end_mark.index) + 1
    rendered = f" {_inline(value)}" if inline else "\n" + _block(value, key.start_mark.column + 2).rstrip("\n")
    return text[:colon] + rendered + text[max(end, colon) :]


def _inserted(text: str, mapping: Any, entry: dict[str, Any]) -> str:
    end = _line_end(text, _end(text, mapping))
    block = _block(entry, mapping.value[0][0].start_mark.column).rstrip("\n")
    return f"{text[:end]}\n{block}{text[end:]}"


def _removed(text: str, mapping: Any, at: int) -> str:
    name, child = mapping.value[at]
    start = name.start_mark.index
    line = text.rfind("\n", 0, start) + 1
    if text[line:start].strip():  # behind the dash of a list
        return text[:start] + text[mapping.value[at + 1][0].start_mark.index :] if at + 1 < len(mapping.value) else text
    return text[:line] + text[_line_end(text, max(_end(text, child), name.end_mark.index)) + 1 :]


def _line_end(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end


def _is_inline(value: Any) -> bool:
    """Whether a value stands behind its key, not below it."""
    if isinstance(value, list):
        return _is_short(value)
    return not isinstance(value, dict) or not value


def _is_short(value: list[Any]) -> bool:
    return len(value) <= _SHORT_LIST and not any(isinstance(item, dict | list) for item in value)


def _inline(value: Any) -> str:
    text = str(yaml.dump([value], Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1 << 20, default_flow_style=True))
    return text.strip()[1:-1]


def _block(value: Any, indent: int) -> str:
    return "".join(" " * indent + line if line.strip() else line for line in dumped(value).splitlines(keepends=True))


_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BaseDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_BaseDumper):  # type: ignore[misc]
    """Short lists on one line, long texts as they read, no references from one part to another."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _list(dumper: Any, value: list[Any]) -> Any:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=_is_short(value) or None)


def _string(dumper: Any, value: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(list, _list)
_Dumper.add_representer(str, _string)
