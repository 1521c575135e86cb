"""How the Gradio page is served, the same on every home."""

from typing import Any

from studio.paths import ASSETS
from studio.settings import Settings

KEPT = ("secret", "studio.db", "studio.db-wal", "studio.db-shm", "models", "library", "jobs", "work", "cli", "kernels")


def page_options(settings: Settings) -> dict[str, Any]:
    """Safe arguments for ``mount_gradio_app`` and for ``Blocks.launch``: nothing but uploads is served, no run
    history in the browser, no monitoring, no tracebacks, MCP on.
    """
    return {
        "allowed_paths": [],
        "blocked_paths": [str(settings.data_dir / name) for name in KEPT],
        "max_file_size": f"{settings.max_upload_mb}mb",
        "enable_monitoring": False,
        "show_error": False,
        "run_history": False,
        "ssr_mode": False,
        "pwa": False,
        "mcp_server": True,
        "favicon_path": str(ASSETS / "web" / "favicon.svg"),
        "root_path": settings.root_path or None,
    }
