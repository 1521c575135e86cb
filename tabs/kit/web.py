"""The page's own styles and scripts: plain files in ``assets/web``."""

from pathlib import Path

import gradio as gr

from studio.paths import ASSETS

WEB = ASSETS / "web"
HEAD = ("page.js", "kit.js", "board.js", "place.js")


def sheets() -> list[Path]:
    """All style sheets; the general one first, so that the others can refine it."""
    return sorted(WEB.glob("*.css"), key=lambda path: (path.name != "style.css", path.name))


def head() -> str:
    """What the whole page runs before its widgets appear."""
    return "".join(f"<script>{text}</script>" for text in (*map(script, HEAD), *_quiet()))


def _quiet() -> list[str]:
    """What spares the browser work, where Gradio's own file that it concerns is found."""
    parts = sorted((Path(gr.__file__).parent / "templates" / "frontend" / "assets").glob("core-*.js"))
    return [f'{{\nconst core = "{part.name}";\n{script("quiet.js")}\n}}' for part in parts]


def script(*names: str) -> str:
    """Scripts as one text, for one widget's ``js_on_load``; each keeps its names to itself."""
    texts = [(WEB / name).read_text(encoding="utf-8") for name in names]
    return texts[0] if len(texts) == 1 else "\n".join(f"{{\n{text}\n}}" for text in texts)
