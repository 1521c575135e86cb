"""GET, PUT and DELETE /rights: an owner's word that they have the rights that a task asks for."""

from fastapi import APIRouter, Request
from pydantic import BaseModel

from studio.owners import owner_of
from studio.routes.context import Context, errors, off_loop
from studio.schema import known_task


class RightsView(BaseModel):
    """Whether you have confirmed that you have the rights to what you give a task."""

    task: str
    confirmed: bool


def router(context: Context) -> APIRouter:
    api = APIRouter(prefix="/rights", tags=["about"])
    rights = context.studio.rights

    @api.get("/{task}", summary="Whether you have confirmed your rights", responses=errors(404))
    async def look(task: str, request: Request) -> RightsView:
        name = known_task(task).name
        return RightsView(task=name, confirmed=await off_loop(rights.confirmed, owner_of(request), name))

    @api.put(
        "/{task}",
        summary="Confirm that you have the rights",
        description="Confirms, until you withdraw it, that you have the rights to the pictures, faces and voices that "
        "you give this task, and the consent of the people in them.",
        responses=errors(404),
    )
    async def confirm(task: str, request: Request) -> RightsView:
        await off_loop(rights.confirm, owner_of(request), known_task(task).name)
        return await look(task, request)

    @api.delete("/{task}", summary="Withdraw your confirmation", responses=errors(404))
    async def withdraw(task: str, request: Request) -> RightsView:
        await off_loop(rights.withdraw, owner_of(request), known_task(task).name)
        return await look(task, request)

    return api
