"""From a request to the rule that tells who is who in its target."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from engines.face_swap._cast import Anyone, ByIdentity, Rule, rule_by_order, rule_by_place
from engines.face_swap._photos import references
from engines.media.picture import read_picture
from engines.vision.faces.finder import Finder
from engines.vision.faces.identity import Embedding
from engines.vision.faces.roll import people_in_picture, people_in_video
from studio.errors import BadInput
from studio.run import Run
from studio.tasks.face_swap import FaceSwapRequest

FOUND = "people.npz"


def rule_for(request: FaceSwapRequest, run: Run, finder: Finder) -> Rule:
    """Raises BadInput for a name that means nobody, and whatever ``run.step`` raises while people are looked for."""
    names = list(request.map)
    if not names:
        return Anyone()
    if request.by == "order":
        return rule_by_order(names)
    if request.by == "place":
        return rule_by_place(names)
    people = references(request, run, finder) or _found(request, run, finder)
    _demand(names, people, run.path(request.target).name)
    return ByIdentity(people, finder.identity.limits.same * (1.5 - request.alike))


def _demand(names: Iterable[str], people: Mapping[str, object], target: str) -> None:
    if not people:
        raise BadInput("face_swap.no_people", target=target)
    for name in names:
        if name not in people:
            raise BadInput("face_swap.no_person", name=name, target=target, known=", ".join(people))


def _found(request: FaceSwapRequest, run: Run, finder: Finder) -> Mapping[str, Sequence[Embedding]]:
    """The people of the target, named as the faces task names them. Their embeddings stay in the job's folder."""
    file, target = run.workdir / FOUND, run.path(request.target)
    if not file.exists():
        with run.noting("face_swap.looking"):
            np.savez(file, *_embeddings(request, run, finder, target))
    with np.load(file, allow_pickle=False) as stored:
        return {f"person{number}": [stored[key]] for number, key in enumerate(stored.files, 1)}


def _embeddings(request: FaceSwapRequest, run: Run, finder: Finder, target: Path) -> list[Embedding]:
    if run.kind(request.target) == "image":
        people = people_in_picture(np.ascontiguousarray(read_picture(target)[..., :3]), finder)
    else:
        people = people_in_video(target, finder, run)
    return [person.embedding for person in people]
