"""``jobs``: what this user asked for on the command line."""

import argparse
import json
import time

from studio.owners import LOCAL
from studio.settings import Settings
from studio.terminal import duration, say, table
from studio.texts import text
from studio.views import job_view


def run(args: argparse.Namespace) -> int:
    """Print the jobs, newest first."""
    from studio.studio import Studio

    jobs = Studio(Settings()).jobs_of(LOCAL, limit=args.limit)
    lang = args.language
    if args.json:
        say(json.dumps([job_view(job, (), lang).model_dump(mode="json") for job in jobs], ensure_ascii=False, indent=1))
    elif not jobs:
        say(text("cli.no_jobs", lang))
    else:
        say(
            table(
                [
                    (
                        time.strftime("%Y-%m-%d %H:%M", time.localtime(job.created)),
                        job.task,
                        text(f"cli.job.{job.state}", lang),
                        duration((job.finished or time.time()) - job.started) if job.started else "",
                        job.id,
                    )
                    for job in jobs
                ]
            )
        )
    return 0
