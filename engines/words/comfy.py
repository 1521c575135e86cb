"""The settings in ComfyUI's graphs: what is asked of the sampler, found by following its links back.

Two forms are read: ``prompt``, the graph as it was run ({"3": {"class_type": ..., "inputs": {...}}}, a link is ["4", 0]), and
``workflow``, as the page saves it (nodes, links, and values of widgets in their order).
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from studio.paths import ASSETS

Graph = Mapping[str, Mapping[str, Any]]
FARTHEST = 200
"""Nodes on the way back from a sampler that are looked at: more are a maze, not a workflow."""
TEXTS = ("text", "text_g", "clip_l", "t5xxl", "prompt", "string", "value")
VALUES = ("value", "seed", "noise_seed", "int", "float", "number", "text", "string")
MODELS = ("ckpt_name", "unet_name", "model_name")


@dataclass(frozen=True)
class Comfy:
    """``values``: seed, steps, cfg, sampler, scheduler, width, height, as far as they are told."""

    positive: str
    negative: str
    model: str
    loras: tuple[tuple[str, float], ...]
    values: Mapping[str, Any]


def from_prompt(graph: Any) -> Comfy | None:
    """What the graph's last sampler was asked; None where it has none, or is no graph."""
    nodes = {str(key): node for key, node in graph.items() if _is_node(node)} if isinstance(graph, Mapping) else {}
    samplers = [key for key, node in nodes.items() if "Sampler" in node["class_type"] and _samples(node)]
    return _Walk(nodes).told(samplers[-1]) if samplers else None


def from_workflow(saved: Any) -> Comfy | None:
    """The same for a saved workflow."""
    if not isinstance(saved, Mapping) or not isinstance(saved.get("nodes"), list):
        return None
    links = [
        link for link in _list(saved.get("links")) if isinstance(link, list) and len(link) > 3 and _hashable(link[0])
    ]
    sources = {link[0]: str(link[1]) for link in links}
    graph = {}
    for node in saved["nodes"]:
        if isinstance(node, Mapping) and isinstance(node.get("type"), str):
            wired = {
                str(socket.get("name")): [sources[socket["link"]], 0]
                for socket in _list(node.get("inputs"))
                if isinstance(socket, Mapping) and _hashable(socket.get("link")) and socket.get("link") in sources
            }
            graph[str(node.get("id"))] = {"class_type": node["type"], "inputs": {**_widgets(node), **wired}}
    return from_prompt(graph)


@dataclass(frozen=True)
class _Walk:
    """Looks into a graph; what it can't follow is nothing. No node is looked at twice on one way."""

    nodes: Graph

    def told(self, sampler: str) -> Comfy:
        first = self.nodes[sampler]["inputs"]
        guider = self._inputs(first.get("guider"))
        asked = {**guider, **first}
        noise, schedule = self._inputs(first.get("noise")), self._inputs(first.get("sigmas"))
        chosen = self._inputs(first.get("sampler"))
        latent = next((node for node in self._back(first.get("latent_image")) if "width" in node), {})
        found = {
            "seed": self._value(asked.get("seed", asked.get("noise_seed", noise.get("noise_seed")))),
            "steps": self._value(asked.get("steps", schedule.get("steps"))),
            "cfg": self._value(asked.get("cfg")),
            "sampler": self._value(asked.get("sampler_name", chosen.get("sampler_name"))),
            "scheduler": self._value(asked.get("scheduler", schedule.get("scheduler"))),
            "width": self._value(latent.get("width")),
            "height": self._value(latent.get("height")),
        }
        way = [*self._back(asked.get("model"))]
        loras = [(str(name), _number(node.get("strength_model"))) for node in way if (name := node.get("lora_name"))]
        models = [str(node[key]) for node in way for key in MODELS if isinstance(node.get(key), str)]
        return Comfy(
            self._words(asked.get("positive", asked.get("conditioning")), "positive"),
            self._words(asked.get("negative"), "negative"),
            models[0] if models else "",
            tuple(reversed(loras)),
            {name: value for name, value in found.items() if value is not None},
        )

    def _words(self, link: Any, side: str) -> str:
        """The first texts on the way back; of a node that takes both sides, its own side is followed."""
        for inputs in self._back(link, side):
            texts = [self._value(inputs[name]) for name in TEXTS if name in inputs]
            if found := [text for text in texts if isinstance(text, str) and text.strip()]:
                return found[0].strip()
        return ""

    def _back(self, link: Any, side: str = "") -> Iterator[Mapping[str, Any]]:
        """The inputs of the node that a link comes from, and of those before it, the nearest first."""
        waiting: list[Any] = [link]
        seen: set[str] = set()
        while waiting and len(seen) < FARTHEST:
            key = self._source(waiting.pop(0))
            if key is None or key in seen:
                continue
            seen.add(key)
            inputs = self.nodes[key]["inputs"]
            yield inputs
            both = "positive" in inputs and "negative" in inputs and side
            waiting += [inputs[side]] if both else [value for value in inputs.values() if self._source(value)]

    def _value(self, value: Any) -> Any:
        """A value, or what a node gives that it is linked to."""
        for _ in range(FARTHEST):
            key = self._source(value)
            if key is None:
                return None if isinstance(value, list | Mapping) else value
            inputs = self.nodes[key]["inputs"]
            value = next((inputs[name] for name in VALUES if name in inputs), None)
        return None

    def _inputs(self, link: Any) -> Mapping[str, Any]:
        key = self._source(link)
        return {} if key is None else self.nodes[key]["inputs"]

    def _source(self, link: Any) -> str | None:
        """The node that a link comes from."""
        linked = isinstance(link, list) and len(link) == 2 and isinstance(link[0], str | int)
        return str(link[0]) if linked and str(link[0]) in self.nodes else None


@cache
def _known() -> Mapping[str, Sequence[str]]:
    found: Mapping[str, Sequence[str]] = tomllib.loads((ASSETS / "words" / "comfy.toml").read_text(encoding="utf-8"))[
        "widgets"
    ]
    return found


def _widgets(node: Mapping[str, Any]) -> dict[str, Any]:
    values = node.get("widgets_values")
    if isinstance(values, Mapping):
        return {str(name): value for name, value in values.items()}
    names = _known().get(node["type"], ())
    told = zip(names, values, strict=False) if isinstance(values, list) else ()
    return {name: value for name, value in told if name != "-"}


def _is_node(node: Any) -> bool:
    return (
        isinstance(node, Mapping)
        and isinstance(node.get("class_type"), str)
        and isinstance(node.get("inputs"), Mapping)
    )


def _samples(node: Mapping[str, Any]) -> bool:
    return "positive" in node["inputs"] or "guider" in node["inputs"]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _hashable(value: Any) -> bool:
    return isinstance(value, str | int)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 1.0
