"""Cartoonize: a picture or a video becomes a drawing."""

from typing import Literal

from pydantic import Field, model_validator

from studio.tasks import Controls, Result, Task, control, group, media
from studio.tasks._film import FilmRequest

Style = Literal["ink", "cel", "paint", "pencil"]
COLOUR = "^#[0-9a-fA-F]{6}$"


class Ink(Controls):
    lines: float = control(0.6, ge=0, le=1, step=0.05, title="Lines", description="Weight of the ink lines.")
    detail: float = control(
        0.5, ge=0, le=1, step=0.05, title="Detail", description="How faint an edge still gets a line."
    )
    levels: int = control(9, ge=3, le=16, step=1, title="Tones", description="Number of soft steps of brightness.")
    colour: float = control(1.2, ge=0, le=2, step=0.05, title="Colour", description="Saturation; 0 is black and white.")
    shadows: float = control(0.5, ge=0, le=1, step=0.05, title="Shadows", description="How far dark parts are lifted.")


class Cel(Controls):
    colours: int = control(12, ge=4, le=24, step=1, title="Colours", description="Size of the palette of a shot.")
    lines: float = control(0.5, ge=0, le=1, step=0.05, title="Lines", description="Weight of the outlines.")
    smooth: float = control(
        0.5, ge=0, le=1, step=0.05, title="Flatness", description="How much small detail flows together."
    )
    colour: float = control(
        1.25, ge=0, le=2, step=0.05, title="Colour", description="Saturation; 0 is black and white."
    )
    shadows: float = control(0.5, ge=0, le=1, step=0.05, title="Shadows", description="How far dark parts are lifted.")


class Paint(Controls):
    brush: float = control(
        6, ge=2, le=12, step=0.5, unit="px", title="Brush", description="Brush radius at a height of 720 pixels."
    )
    sharpness: float = control(0.6, ge=0, le=1, step=0.05, title="Sharpness", description="How hard the strokes end.")
    contrast: float = control(
        1.1, ge=0, le=2, step=0.05, title="Contrast", description="Contrast of the painted light."
    )
    colour: float = control(
        1.15, ge=0, le=2, step=0.05, title="Colour", description="Saturation; 0 is black and white."
    )


class Pencil(Controls):
    darkness: float = control(0.6, ge=0, le=1, step=0.05, title="Darkness", description="Pressure of the pencil.")
    hatching: float = control(
        0.5, ge=0, le=1, step=0.05, title="Hatching", description="How much of the shade is drawn as strokes."
    )
    paper: float = control(0.4, ge=0, le=1, step=0.05, title="Paper", description="Strength of the paper's grain.")
    colour: float = control(
        0.0, ge=0, le=1, step=0.05, title="Colour", description="0 is graphite, 1 is coloured pencil."
    )


CUT = {"layers_cut": ["person", "screen"]}


class Layers(Controls):
    cut: Literal["none", "person", "screen"] = control(
        "none",
        title="Layers",
        description="Treat the picture as a whole, people apart from what is behind them, or what stands before a green screen.",
    )
    person: Literal["draw", "keep"] = control(
        "draw", title="In front", description="Draw it, or leave it as filmed.", when=CUT
    )
    background: Literal["keep", "draw", "blur", "colour", "green", "transparent", "media"] = control(
        "keep", title="Background", description="What becomes of everything behind.", when=CUT
    )
    style: Style = control(
        "paint",
        title="Background's style",
        description="How the background is drawn.",
        when={"layers_background": ["draw"]},
    )
    colour: str = control(
        "#f4f0e6",
        title="Colour",
        description="The background's colour.",
        pattern=COLOUR,
        when={"layers_background": ["colour"]},
    )
    media: str | None = media(
        "image",
        "video",
        title="Background picture or video",
        description="What is put behind; a video starts again when it ends.",
        default=None,
        when={"layers_background": ["media"]},
    )
    matte: Literal["auto", "selfie", "modnet", "rvm"] = control(
        "auto",
        title="Matte",
        description="What finds people: the best network that is installed, the built-in one, MODNet, or Robust Video Matting.",
        advanced=True,
        when={"layers_cut": ["person"]},
    )
    key: str = control(
        "",
        title="Screen's colour",
        description="Such as #00b140; empty looks for green or blue at the picture's rim.",
        pattern=f"^$|{COLOUR}",
        advanced=True,
        when={"layers_cut": ["screen"]},
    )
    tolerance: float = control(
        0.5,
        ge=0,
        le=1,
        step=0.05,
        title="Tolerance",
        description="How far from the screen's colour still counts as screen.",
        when={"layers_cut": ["screen"]},
    )


class CartoonRequest(FilmRequest):
    """Turn a picture or a video into a cartoon: ink, cel, paint or pencil."""

    source: str = media("video", "image", title="Picture or video", description="The picture or video to draw.")
    style: Style = control("ink", title="Style", description="How it is drawn.")
    model: str | None = control(
        None,
        title="Neural model",
        description="Model card whose weights draw instead of the style.",
        advanced=True,
        cards="picture-to-picture",
    )
    ink: Ink = group(Ink(), title="Ink", when={"style": ["ink"], "layers_style": ["ink"]})
    cel: Cel = group(Cel(), title="Cel", when={"style": ["cel"], "layers_style": ["cel"]})
    paint: Paint = group(Paint(), title="Paint", when={"style": ["paint"], "layers_style": ["paint"]})
    pencil: Pencil = group(Pencil(), title="Pencil", when={"style": ["pencil"], "layers_style": ["pencil"]})
    layers: Layers = group(Layers(), title="Layers")
    calm: float = control(
        0.7, ge=0, le=1, step=0.05, title="Calm", description="How firmly the drawing holds still from frame to frame."
    )
    hold: Literal[1, 2, 3] = control(
        1,
        title="Draw on",
        description="New drawing on every frame (1), every second (2) or every third (3).",
        advanced=True,
    )
    height: int = control(
        0,
        ge=0,
        le=4320,
        unit="px",
        title="Height",
        description="Height of the result; 0 keeps the source's.",
        advanced=True,
    )
    work: int = control(
        0,
        ge=0,
        le=4320,
        unit="px",
        title="Drawn at",
        description="Height to draw at before enlarging to the result's; a smaller one is quicker and softer. 0 draws in full size.",
        advanced=True,
    )
    preview: bool = control(False, title="Preview", description="Draw only three frames, as pictures.")

    @model_validator(mode="after")
    def _something_behind(self) -> "CartoonRequest":
        if self.layers.cut != "none" and self.layers.background == "media" and not self.layers.media:
            raise ValueError("cartoon.no_backdrop")
        return self

    def wanted_engine(self) -> str | None:
        return self.engine or ("neural" if self.model else None)


class CartoonResult(Result):
    """The drawn picture or video."""

    output: str = Field(
        description="The drawn picture or video.", json_schema_extra={"control": {"media": ["video", "image"]}}
    )
    frames: int = Field(description="Number of frames drawn.")
    comparison: str | None = Field(
        None,
        description="Before and after side by side, where that was asked for.",
        json_schema_extra={"control": {"media": ["video", "image"]}},
    )
    previews: tuple[str, ...] = Field((), description="Frames of a preview, drawn.")
    originals: tuple[str, ...] = Field((), description="The same frames before.")


TASK = Task("cartoon", CartoonRequest, CartoonResult, accepts=("video", "image"), produces=("video", "image"), order=40)
