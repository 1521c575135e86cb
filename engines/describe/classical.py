"""The embedded describer: palette, light, composition, faces, hair and pose as classical vision truly tells them."""

from contextlib import ExitStack
from pathlib import Path

from engines.arrays import Bytes
from engines.describe._batch import describe_all
from engines.describe._ranker import ranking
from engines.describe._words import in_words, looking
from engines.vision.describe.picture import look_at
from engines.vision.describe.view import view_of
from studio.engine import Engine
from studio.run import Run
from studio.tasks.describe import Described, DescribeRequest, DescribeResult

ENGINE = Engine(task="describe", name="classical", rank=10)


def run(request: DescribeRequest, run: Run) -> DescribeResult:
    """Say of each picture what is surely so, and what a ranker of tags sees, where there is one; nothing else."""
    with ExitStack() as stack:
        eyes = looking(run, stack)
        add = ranking(request, run, stack)

        def look(picture: Bytes, file: Path) -> Described:
            found = look_at(picture, file, eyes)
            return add(view_of(picture).rgb, found.head, in_words(found, request.language))

        return describe_all(request, run, look)
