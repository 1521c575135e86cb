"""The studio for a home."""

from studio.settings import Home, Settings
from studio.studio import Studio


def studio_for(settings: Settings) -> Studio:
    """A studio with workers of its own, or on ZeroGPU one whose jobs run under the platform's decorator."""
    if settings.home is Home.ZEROGPU:
        from studio.homes.zerogpu import ZeroStudio

        return ZeroStudio(settings)
    return Studio(settings)
