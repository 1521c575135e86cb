"""Who is in a file: the job that looked for people in it, found again or begun."""

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from pydantic import ValidationError

from studio.errors import NotFound
from studio.job import UNFINISHED, Job
from studio.tasks.faces import FacesResult, PersonFound

if TYPE_CHECKING:
    from studio.studio import Studio

TASK = "faces"
LOOK_BACK = 200
REMEMBERED = 512


class Roll:
    """Finds people by the faces task. A file that was looked at before isn't looked at again, as long as the pictures of its
    people are there.
    """

    def __init__(self, studio: "Studio") -> None:
        self._studio = studio
        self._jobs: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._submitting = threading.Lock()

    def call(self, target: str, owner: str) -> Job:
        """The job that looks for people in a file of the owner's, new where there is none. Raises what submitting raises."""
        with self._submitting:
            job = self.known(target, owner) or self._studio.submit(TASK, {"source": target}, owner)
            self._remember(target, owner, job)
        return job

    def known(self, target: str, owner: str) -> Job | None:
        """A job that looks for people in the file, or has found them."""
        for job in self._candidates(target, owner):
            meant = job.task == TASK and job.request.get("source") == target and job.state not in UNFINISHED
            if meant and (job.state != "done" or self._whole(job)):
                self._remember(target, owner, job)
                return job
        return None

    def people(self, target: str, owner: str) -> tuple[PersonFound, ...] | None:
        """Everybody in a file; None as long as nobody has looked."""
        job = self.known(target, owner) if target else None
        return people_of(job) if job is not None and job.state == "done" else None

    def stop(self, target: str, owner: str) -> None:
        """Stop looking at a file."""
        job = self.known(target, owner) if target else None
        if job is not None and not job.over:
            self._studio.cancel(job.id, owner)

    def _candidates(self, target: str, owner: str) -> list[Job]:
        """The job that is remembered for the file, else the owner's latest ones."""
        job_id = self._jobs.get((owner, target))
        if job_id is not None:
            try:
                job = self._studio.job(job_id, owner)
            except NotFound:
                return []
            if job.state not in UNFINISHED:
                return [job]
        return self._studio.jobs_of(owner, LOOK_BACK)

    def _remember(self, target: str, owner: str, job: Job) -> None:
        self._jobs[owner, target] = job.id
        while len(self._jobs) > REMEMBERED:
            self._jobs.popitem(last=False)

    def _whole(self, job: Job) -> bool:
        """Whether the pictures of all people are still there: they are temporary."""
        wanted = {person.crop for person in people_of(job)}
        return len(self._studio.library.those(wanted, job.owner)) == len(wanted)


def people_of(job: Job) -> tuple[PersonFound, ...]:
    """The people that a job has found; nobody where it comes from an older version and can't be read."""
    try:
        return FacesResult.model_validate(job.result or {}).people
    except ValidationError:
        return ()
