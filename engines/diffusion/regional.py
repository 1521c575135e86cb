"""Cross-attention that reads a picture of its own in each region of the drawing.

What a picture contributes doesn't change from step to step, so keys and values are made once for a drawing; and each
region's attention is computed for the places in it alone, so that many regions cost little more than one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from engines.diffusion.adapter import Adapter, Seen
from engines.diffusion.kinds import Family
from engines.diffusion.regions import REACH, Floats, Region, share_of_queries
from studio.errors import BadInput

CELL = 8
"""Pixels to a side of a latent one."""
SPARSE = 0.7
"""A region that covers less of the drawing than this is computed for its own places."""


@dataclass
class Clock:
    """The part of the steps that is done, for all layers."""

    done: float = 0.0


@dataclass(frozen=True)
class Place:
    """Where a region counts on one grid: by how much (places x 1), and which places these are; None means all."""

    amount: Any
    index: Any


@dataclass(frozen=True)
class Lead:
    """One picture in one layer: keys and values 1 or 2 x heads x tokens x depth, its places by number of queries."""

    key: Any
    value: Any
    places: dict[int, Place]
    scale: float
    stop: float


@dataclass
class Regional:
    """An attention processor for diffusers' UNets. ``leads`` are added to what the text says."""

    leads: Sequence[Lead]
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
        for lead in self.leads:
            if self.clock.done < lead.stop:
                _add(states, query, lead, attend)
        return attn.to_out[1](attn.to_out[0](states))


@dataclass(frozen=True)
class Shown:
    """A region as the networks see it: its picture's encoding, the adapter that reads it, its share of the drawing."""

    region: Region
    seen: Seen
    adapter: Adapter
    share: Floats | None


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
    tokens = [item.adapter.tokens(item.seen, guided=guided) for item in kept]
    grids = _grids(*size)
    places = [_places(item, grids) for item in kept]
    processors = dict(before)
    for number, name in enumerate(cross):
        attn = unet.get_submodule(name.removesuffix(".processor"))
        leads = [
            Lead(
                _heads(attn, item.adapter.keys[number](words)),
                _heads(attn, item.adapter.values[number](words)),
                where,
                item.region.scale,
                item.region.stop,
            )
            for item, words, where in zip(kept, tokens, places, strict=True)
            if _reaches(item.region, family, name)
        ]
        if leads:
            processors[name] = Regional(leads, clock)
    unet.set_attn_processor(processors)
    try:
        yield
    finally:
        unet.set_attn_processor(before)


def _add(states: Any, query: Any, lead: Lead, attend: Any) -> None:
    """Add a lead's part to what the text says, batch x queries x width, in place."""
    twice = len(query) // len(lead.key)
    key, value = lead.key.repeat_interleave(twice, 0), lead.value.repeat_interleave(twice, 0)
    place = lead.places.get(query.shape[2])
    if place is None:
        states.add_(_flat(attend(query, key, value)), alpha=lead.scale)
    elif place.index is None:
        states.addcmul_(_flat(attend(query, key, value)), place.amount, value=lead.scale)
    elif len(place.index):
        part = _flat(attend(query[:, :, place.index], key, value)) * place.amount
        states.index_add_(1, place.index, part, alpha=lead.scale)


def _places(item: Shown, grids: Sequence[tuple[int, int]]) -> dict[int, Place]:
    import torch

    if item.share is None:
        return {}
    found = {}
    # The adapter's device, not the UNet's: that one may wait on the processor between its calls.
    weight = item.adapter.keys[0].weight
    for height, width in grids:
        amount = torch.from_numpy(share_of_queries(item.share, height, width)).to(weight.device, weight.dtype)
        index = amount.nonzero().squeeze(1)
        if len(index) >= SPARSE * len(amount):
            found[height * width] = Place(amount.unsqueeze(-1), None)
        else:
            found[height * width] = Place(amount[index].unsqueeze(-1), index)
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
