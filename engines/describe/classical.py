"""The embedded describer: palette, light, composition, faces, hair and pose as classical vision truly tells them."""

from contextlib import ExitStack

from engines.describe._batch import describe_all
from engines.describe._words import in_words, looking
from engines.vision.describe.picture import look_at
from studio.engine import Engine
from studio.run import Run
from studio.tasks.describe import DescribeRequest, DescribeResult

ENGINE = Engine(task="describe", name="classical", rank=10)


def run(request: DescribeRequest, run: Run) -> DescribeResult:
    """Say of each picture what is surely so, and nothing else."""
    with ExitStack() as stack:
        eyes = looking(run, stack)
        return describe_all(
            request, run, lambda picture, file: in_words(look_at(picture, file, eyes), request.language)
        )
