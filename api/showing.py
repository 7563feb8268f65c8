"""A search as the API and the pages show it."""

from sqlalchemy.orm import Session

from api import schemas
from searchsvc import models
from searchsvc.repo import boards, pace


def search(session: Session, found: models.Search) -> schemas.Search:
    now = boards.progress(session, found)
    return schemas.Search.of(found, now, pace.seconds_left(session, found, now.ended))
