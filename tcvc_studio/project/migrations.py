"""Project files of older versions, brought to the present one step by step. A file is not changed until it is saved."""

from collections.abc import Callable, Mapping
from typing import Any

VERSION = 2


def migrated(data: dict[str, Any], version: int) -> dict[str, Any]:
    """What a file of an older version would be had the present one written it. Fields it does not know stay."""
    for step in range(version, VERSION):
        data = STEPS[step](data)
    return data


def _from_1(data: dict[str, Any]) -> dict[str, Any]:
    """Paths were plain text; since 2 there is the way from the project's folder beside the absolute one."""
    changed = {**data, "version": 2}
    for name, field in (("film", "path"), ("settings", "weights")):
        if isinstance(data.get(name), dict):
            changed[name] = _placed(data[name], field)
    anchors = data.get("anchors")
    if isinstance(anchors, list):
        changed["anchors"] = [_placed(item, "still") if isinstance(item, dict) else item for item in anchors]
    return changed


def _placed(data: dict[str, Any], field: str) -> dict[str, Any]:
    return {**data, field: {"absolute": data[field]}} if isinstance(data.get(field), str) else data


#: From each version to the next.
STEPS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: _from_1}
