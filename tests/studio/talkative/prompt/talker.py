"""Asks the language model for one line."""

from engines.words.llm_client import Client
from studio.engine import Engine
from studio.run import Run
from studio.tasks._sheet import Line, Sheet
from studio.tasks.prompt import Prompt, PromptRequest, PromptResult

ENGINE = Engine(task="prompt", name="talker", rank=20, services=("llm",))


def run(request: PromptRequest, run: Run) -> PromptResult:
    def tick(count: int, said: str) -> None:
        run.step(count, None, unit="characters")

    answer = Client(run.service("llm")).chat([{"role": "user", "content": request.idea}], tick)
    sheet = Sheet(lines=(Line(section="subject", text=answer.text),))
    return PromptResult(prompts=(Prompt(sheet=sheet, prompt=answer.text),))
