"""Spares the start of Gradio the stubs that it writes for editors.

At import Gradio parses the source of each of its components and writes a ``.pyi`` file beside it, which is half of the time that its
import takes, and of use only to who writes code against it. There is no setting for it (gradio 6.31, ``component_meta.py``),
so the one function that does it is left out as that module is loaded. Everything else of Gradio stays as it is.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

MODULE = "gradio.component_meta"
WRITER = "create_or_modify_pyi"


def leave_out_stubs() -> None:
    """To be called before Gradio is imported; afterwards it does nothing."""
    if MODULE not in sys.modules:
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != MODULE:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    def __init__(self, real: Loader) -> None:
        self._real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._real.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._real.exec_module(module)
        if hasattr(module, WRITER):
            setattr(module, WRITER, lambda *_: None)
