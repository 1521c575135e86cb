"""GET and PUT /lexicon: how the owner wants words to be said."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from studio.owners import owner_of
from studio.routes.context import Context, errors, off_loop


class LexiconBody(BaseModel):
    """Lines such as ``SQL = sequel`` or ``en: live = /laɪv/``."""

    lines: str = Field("", max_length=100_000)


def router(context: Context) -> APIRouter:
    api = APIRouter(prefix="/lexicon", tags=["speech"])
    lexicons = context.studio.lexicons

    @api.get("", summary="Your pronunciations", responses=errors())
    async def get_lexicon(request: Request) -> LexiconBody:
        return LexiconBody(lines=await off_loop(lexicons.get, owner_of(request)))

    @api.put("", summary="Remember pronunciations", responses=errors(400, 413))
    async def put_lexicon(body: LexiconBody, request: Request) -> LexiconBody:
        return LexiconBody(lines=await off_loop(lexicons.put, owner_of(request), body.lines))

    return api
