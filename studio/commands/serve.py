"""``serve``: the page, REST and MCP."""

import argparse
import importlib.util
import os

from studio.paths import ROOT


def run(args: argparse.Namespace) -> int:
    """Start the web app that ``app.py`` starts; ``--host`` and ``--port`` go before the environment's."""
    for name in ("host", "port"):
        if (value := getattr(args, name)) is not None:
            os.environ[f"STUDIO_{name.upper()}"] = str(value)
    spec = importlib.util.spec_from_file_location("app", ROOT / "app.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(ROOT / "app.py")
    app = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(app)
    app.main()
    return 0
