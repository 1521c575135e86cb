"""What a prompt engine gives back: sheets as texts, and as a file where that is asked for."""

import json
from collections.abc import Sequence

from studio.prompting import prompt_of
from studio.run import Run
from studio.tasks._sheet import Sheet
from studio.tasks.prompt import Prompt, PromptRequest, PromptResult, Usage

NAME = "prompt"
LONGEST_NAME = 60


def result(sheets: Sequence[Sheet], request: PromptRequest, run: Run, usage: Usage | None = None) -> PromptResult:
    """The sheets in the request's dialect."""
    prompts = tuple(prompt_of(sheet, request.dialect) for sheet in sheets)
    output = _file(prompts, request, run) if request.keep and prompts else None
    return PromptResult(prompts=prompts, output=output, usage=usage)


def _file(prompts: Sequence[Prompt], request: PromptRequest, run: Run) -> str:
    """The id of a JSON file with the prompts, named by how the first one begins."""
    name = prompts[0].prompt[:LONGEST_NAME].rpartition(",")[0] or NAME
    whole = {"dialect": request.dialect, "prompts": [prompt.model_dump(mode="json") for prompt in prompts]}
    with run.output(".json", name=name) as out:
        out.path.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    return out.id
