"""``python -m tests.faults.audits URL``: `searchsvc audit` for every finished search, in one process."""

import json
import sys

from sqlalchemy import select

from searchsvc.service.audit import audit
from searchsvc.store.control.events import FINAL_STATES
from searchsvc.store.db import Database
from searchsvc.store.tables import Search


def main(url: str) -> None:
    count, differences = 0, []
    with Database(url).read() as session:
        finished = session.scalars(select(Search.id).where(Search.state.in_(FINAL_STATES))).all()
        for search_id in finished:
            proposals, found = audit(session, search_id)
            count += proposals
            differences += [f"search {search_id}: {line}" for line in found]
    print(json.dumps({"searches audited": len(finished), "proposals made again": count, "differences": differences}))


if __name__ == "__main__":
    main(sys.argv[1])
