"""A language model writes sheets, through any OpenAI-compatible server: it works ideas out, varies, sharpens, translates, and says
what a picture shows.
"""

from engines.prompt._author import refuse, written
from engines.words.llm_client import Client
from engines.words.llm_json import Writer
from studio.engine import Engine
from studio.run import Run
from studio.services import LLM
from studio.tasks.prompt import PromptRequest, PromptResult

ENGINE = Engine(task="prompt", name="llm", rank=20, needs=("openai",), services=(LLM,), generative=True)


def run(request: PromptRequest, run: Run) -> PromptResult:
    """Sheets as the language model writes them. Raises BadInput for what it can't do, LimitReached for too many sheets, and
    what the server's silence or refusal means.
    """
    refuse(request)
    return written(request, run, Writer(Client(run.service(LLM)), run.seed))
