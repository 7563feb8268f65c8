"""What differs between two findings, and what only the later one has."""

import re
from collections.abc import Iterator
from typing import Any

# What no two runs share: ids, times, places, versions, and what is measured in seconds.
APART = {"id", "search_id", "trial", "search", "created", "started", "finished", "worker", "versions", "processor"}
APART |= {"command", "seconds_left"}
SECONDS = re.compile(r"(^|[_ ])(seconds|latency)($|/)")
RENAMED = {"validation_accuracy": "accuracy/validation", "memory_capacity": "memory_capacity/validation"}  # of a report
OVER_TIME = re.compile(r"(best-so-far|hypervolume [\w/]+) > .* > x$")  # an axis of a picture
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PLACE = re.compile(r"/\S*/searchsvc-same-\w+")
OF_INSIGHTS = ("offers", "importance", "parallel", "surrogate")
COST_OF_SEARCHING = re.compile(r"Searching cost .*")  # the last sentence of a verdict


def compare(before: Any, after: Any, path: str = "") -> tuple[list[str], list[str]]:
    """Each difference, and each field that only `after` has; both by their places."""
    differences, new = [], []
    for is_new, place, line in _compare(before, after, path):
        (new if is_new else differences).append(f"{place}: {line}")
    return differences, list(dict.fromkeys(re.sub(r"\[\d+\]", "[*]", line) for line in new))


def drop_late_insights(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Searches of which one side alone has an insight (its end waits 15 s for it); its pictures are taken out."""
    late = []
    for name in before.keys() & after.keys():
        sides = [side[name].get("figures", {}) for side in (before, after)]
        if len({any(key.startswith("surrogate ") for key in side) for side in sides}) == 2:
            late.append(name)
            for side in sides:
                for key in [key for key in side if key.split()[0] in OF_INSIGHTS]:
                    del side[key]
    return sorted(late)


def _compare(before: Any, after: Any, path: str) -> Iterator[tuple[bool, str, str]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            place = f"{path} > {key}" if path else key
            if not _is_compared(key, place):
                continue
            if key in RENAMED and key not in after and RENAMED[key] in after:
                yield from _compare(before[key], after[RENAMED[key]], place)
            elif key not in before:
                yield True, place, "new"
            elif key not in after:
                yield False, place, f"was {_shown(before[key])}, is gone"
            else:
                yield from _compare(before[key], after[key], place)
    elif isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            yield False, path, f"had {len(before)} items, has {len(after)}"
        for i, pair in enumerate(zip(before, after, strict=False)):
            yield from _compare(*pair, f"{path}[{i}]")
    elif type(before) is not type(after) or _plain(before) != _plain(after):
        yield False, path, f"was {_shown(before)}, is {_shown(after)}"


def _is_compared(key: str, place: str) -> bool:
    return key not in APART and not SECONDS.search(key) and not OVER_TIME.search(place)


def _plain(value: Any) -> Any:
    """What is compared of it; a number by its digits, so that no two zeros and no NaN differ from themselves."""
    if isinstance(value, float):
        return repr(value)
    if not isinstance(value, str):
        return value
    return COST_OF_SEARCHING.sub("", PLACE.sub("", ID.sub("", value)))


def _shown(value: Any) -> str:
    said = repr(value)
    return said if len(said) <= 100 else f"{said[:97]}..."
