"""How many steps a drawing takes, and by which scheduler: assets/diffusion/speeds.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from engines.diffusion.checkpoint import V_PREDICTION
from studio.errors import BadInput
from studio.paths import ASSETS

SPEEDS = ASSETS / "diffusion" / "speeds.toml"
TRAINED = ("num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "prediction_type", "steps_offset")
"""What a scheduler must know of how the weights were trained."""
ZERO_SNR = "rescale_betas_zero_snr"


@dataclass(frozen=True)
class Speed:
    """``guidance`` 1 means that nothing is guided."""

    scheduler: str
    steps: int
    guidance: float
    settings: Mapping[str, Any]


def speed(name: str, noise: Mapping[str, Any]) -> Speed:
    """A speed by name, for weights whose scheduler's configuration is ``noise``. Raises BadInput for another name."""
    known = _speeds(SPEEDS)
    if name not in known:
        raise BadInput("diffusion.speed_unknown", name=name, known=", ".join(known))
    special = noise.get("prediction_type") == V_PREDICTION or noise.get(ZERO_SNR)
    return known.get(f"{name}_v", known[name]) if special else known[name]


def scheduler(chosen: Speed, noise: Mapping[str, Any]) -> Any:
    """A scheduler of its own for one drawing: it has a state."""
    import inspect

    import diffusers

    kind = getattr(diffusers, chosen.scheduler)
    config = {name: noise[name] for name in TRAINED if name in noise}
    if noise.get(ZERO_SNR):
        config[ZERO_SNR] = True
    taken = inspect.signature(kind.__init__).parameters
    return kind(**{name: value for name, value in (config | dict(chosen.settings)).items() if name in taken})


@cache
def _speeds(file: Path) -> dict[str, Speed]:
    return {name: Speed(**entry) for name, entry in tomllib.loads(file.read_text(encoding="utf-8")).items()}
