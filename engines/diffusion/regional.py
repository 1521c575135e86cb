"""Cross-attention that reads a picture of its own in each region of the drawing.

What a picture contributes doesn't change from step to step, so keys and values are made once for a drawing; and all
pictures that an adapter reads as equally many tokens are attended to at once, so that many regions cost little more than one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engines.diffusion.adapter import Adapter, Seen
from engines.diffusion.kinds import Family
from engines.diffusion.regions import REACH, Floats, Region, share_of_queries
from studio.errors import BadInput

CELL = 8
"""Pixels to a side of a latent one."""


@dataclass
class Clock:
    """The part of the steps that is done, for all layers."""

    done: float = 0.0


@dataclass(frozen=True)
class Leads:
    """Pictures in one layer: keys and values 1 or 2 x heads x pictures * tokens x depth.

    ``amounts``, by number of queries, says how much each picture counts where, pictures x queries; ``stops`` after which part
    of the steps each doesn't any more.
    """

    key: Any
    value: Any
    amounts: dict[int, Any]
    stops: tuple[float, ...]

    def amount(self, queries: int, done: float) -> Any:
        """Pictures x queries now, or None when no picture counts any more."""
        live = [stop > done for stop in self.stops]
        if not any(live):
            return None
        amount = self.amounts[queries]
        return amount if all(live) else amount * amount.new_tensor(live).unsqueeze(1)


@dataclass
class Regional:
    """An attention processor for diffusers' UNets. ``leads`` are added to what the text says."""

    leads: Sequence[Leads]
    clock: Clock = field(default_factory=Clock)

    def __call__(
        self,
        attn: Any,
        hidden_states: Any,
        encoder_hidden_states: Any,
        attention_mask: Any = None,
        temb: Any = None,
        **unused: Any,
    ) -> Any:
        from torch.nn.functional import scaled_dot_product_attention as attend

        query, key, value = (
            _heads(attn, layer(states))
            for layer, states in (
                (attn.to_q, hidden_states),
                (attn.to_k, encoder_hidden_states),
                (attn.to_v, encoder_hidden_states),
            )
        )
        if attention_mask is not None:
            rows = attn.prepare_attention_mask(attention_mask, key.shape[2], len(query))
            attention_mask = rows.view(len(query), attn.heads, -1, rows.shape[-1])
        states = _flat(attend(query, key, value, attn_mask=attention_mask))
        for leads in self.leads:
            amount = leads.amount(query.shape[2], self.clock.done)
            if amount is not None:
                states.add_(_flat(_told(query, leads, amount)))
        return attn.to_out[1](attn.to_out[0](states))


@dataclass(frozen=True)
class Shown:
    """A region as the networks see it: its picture's encoding, the adapter that reads it, its share of the drawing."""

    region: Region
    seen: Seen
    adapter: Adapter
    share: Floats | None


Told = tuple[Shown, Any, dict[int, Any]]
"""A region, its tokens, and how much it counts where by number of queries."""


@contextmanager
def led(
    unet: Any, family: Family, shown: Sequence[Shown], size: tuple[int, int], *, guided: bool, clock: Clock
) -> Iterator[None]:
    """While it lasts, the UNet follows the pictures; afterwards it is as before.

    ``size`` is height and width of the drawing in pixels; ``guided`` says that each step computes the drawing without and
    with its prompt. Raises BadInput when an adapter isn't made for this UNet.
    """
    before = dict(unet.attn_processors)
    cross = [name for name in before if "attn2" in name]
    kept = [item for item in shown if item.region.scale > 0]
    for item in kept:
        _check(item.adapter, unet, cross)
    grids = _grids(*size)
    told = [(item, item.adapter.tokens(item.seen, guided=guided), _amounts(item, grids)) for item in kept]
    processors = dict(before)
    for number, name in enumerate(cross):
        here = [one for one in told if _reaches(one[0].region, family, name)]
        leads = [_leads(unet.get_submodule(name.removesuffix(".processor")), number, alike) for alike in _alike(here)]
        if leads:
            processors[name] = Regional(leads, clock)
    unet.set_attn_processor(processors)
    try:
        yield
    finally:
        unet.set_attn_processor(before)


def _told(query: Any, leads: Leads, amount: Any) -> Any:
    """What pictures say to batch x heads x queries x depth, each by its amount, in the same shape."""
    twice, pictures = len(query) // len(leads.key), len(amount)
    key, value = leads.key.repeat_interleave(twice, 0), leads.value.repeat_interleave(twice, 0)
    scores = (key * query.shape[-1] ** -0.5) @ query.transpose(-1, -2)
    weights = scores.unflatten(-2, (pictures, -1)).softmax(-2) * amount.unsqueeze(1)
    return weights.flatten(-3, -2).transpose(-1, -2) @ value


def _alike(told: Sequence[Told]) -> list[list[Told]]:
    """Those of equally many tokens together."""
    by_tokens: dict[int, list[Told]] = {}
    for one in told:
        by_tokens.setdefault(one[1].shape[1], []).append(one)
    return list(by_tokens.values())


def _leads(attn: Any, number: int, told: Sequence[Told]) -> Leads:
    """Pictures of equally many tokens as the ``number``th cross-attention reads them."""
    import torch

    key, value = (
        torch.cat([_heads(attn, getattr(item.adapter, part)[number](words)) for item, words, _ in told], 2)
        for part in ("keys", "values")
    )
    amounts = {queries: torch.stack([where[queries] for *_, where in told]) for queries in told[0][2]}
    return Leads(key, value, amounts, tuple(item.region.stop for item, *_ in told))


def _amounts(item: Shown, grids: Sequence[tuple[int, int]]) -> dict[int, Any]:
    """By number of queries: how much the picture counts at each."""
    import torch

    # The adapter's device, not the UNet's: that one may wait on the processor between its calls.
    weight = item.adapter.keys[0].weight
    found = {}
    for height, width in grids:
        share = (
            np.ones(height * width, np.float32) if item.share is None else share_of_queries(item.share, height, width)
        )
        found[height * width] = torch.from_numpy(share * item.region.scale).to(weight.device, weight.dtype)
    return found


def _grids(height: int, width: int) -> list[tuple[int, int]]:
    """Sizes of the UNet's levels."""
    sizes = [(height // CELL, width // CELL)]
    while sizes[-1] != (1, 1):
        sizes.append((-(-sizes[-1][0] // 2), -(-sizes[-1][1] // 2)))
    return sizes


def _check(adapter: Adapter, unet: Any, cross: Sequence[str]) -> None:
    width = unet.config.cross_attention_dim
    if len(adapter.keys) != len(cross) or adapter.keys[0].in_features != width:
        raise BadInput("diffusion.adapter_unet", name=adapter.name, wanted=width, given=adapter.keys[0].in_features)


def _reaches(region: Region, family: Family, name: str) -> bool:
    return region.reach == "all" or name.startswith(REACH[family, region.reach])


def _heads(attn: Any, states: Any) -> Any:
    return states.view(len(states), states.shape[1], attn.heads, -1).transpose(1, 2)


def _flat(states: Any) -> Any:
    return states.transpose(1, 2).flatten(2)
