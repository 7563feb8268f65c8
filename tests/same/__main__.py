"""``python -m tests.same COMMIT``: do the files as they are now find what that commit finds, to the bit?

Both carry out the same small searches side by side on this machine, by a service and by `searchsvc.local.run`.
Exit status 1 if anything but ids, times, places, versions and what is measured in seconds differs.
"""

import argparse
import sys
from pathlib import Path

from tests.same import sides
from tests.same.differences import compare, drop_late_insights
from tests.same.specs import SEARCHES

SHOWN = 60
CACHE = Path("~/.cache/searchsvc-same").expanduser()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.same", description=__doc__)
    parser.add_argument("commit", help="to compare with")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where findings of commits are kept")
    parser.add_argument("--only", default="", help="searches whose names contain this")
    parser.add_argument("--all", action="store_true", help=f"show more than {SHOWN} differences")
    chosen = parser.parse_args()
    searches = {name: spec for name, spec in SEARCHES.items() if chosen.only in name}
    before = sides.of_commit(sides.commit(chosen.commit), searches, chosen.cache)
    after = sides.of_folder(sides.ROOT, searches)
    for name in drop_late_insights(before["service"], after["service"]):
        print(f"NOT COMPARED  pictures of the insight of {name}: it came too late on one side; run again")
    differences, new = compare(before, after)
    for line in new:
        print(f"new field  {line.removesuffix(': new')}")
    for line in differences if chosen.all else differences[:SHOWN]:
        print(f"DIFFERENT  {line}")
    print(f"{len(searches)} searches: {len(differences)} differences from {chosen.commit}, {len(new)} new fields")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
