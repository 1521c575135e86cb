"""Starts the studio: settings → studio → web app → server."""

import sys
from contextlib import closing

from studio.errors import StudioError
from studio.homes.page import page_options
from studio.homes.ready import collection_paused, make_ready, page_uploads
from studio.homes.server import serve
from studio.settings import Home, Settings


def main() -> None:
    """Serve the page, REST and MCP until the process ends. On ZeroGPU the platform wants Gradio to launch itself."""
    settings = make_ready(Settings())
    with collection_paused():
        import gradio as gr
        from fastapi import FastAPI

        from studio.homes.which import studio_for
        from studio.page_guard import Uploads
        from studio.rest import web_parts
        from studio.signature import named_functions
        from tabs.kit import shell
    with closing(studio_for(settings)) as studio:
        studio.start(warm=True)
        uploads = Uploads(page_uploads(settings))
        page = shell.build(studio, named_functions(studio, uploads, gr.Request, gr.Error))
        parts, options = web_parts(studio, uploads), {**shell.options(studio), **page_options(settings)}
        if settings.home is Home.ZEROGPU:
            page.launch(server_name=settings.host, server_port=settings.port, app_kwargs=parts, **options)
        else:
            serve(gr.mount_gradio_app(FastAPI(**parts), page, path="/", **options), settings)


if __name__ == "__main__":
    try:
        main()
    except StudioError as error:
        sys.exit(str(error))
