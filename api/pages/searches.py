"""``/``: all searches."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.pages._render import render

router = APIRouter()


@router.get("/")
def page(request: Request) -> HTMLResponse:
    return render(request, "searches.html")
