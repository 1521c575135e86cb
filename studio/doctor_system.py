"""What the studio needs below Python: libraries of the system, codecs, the graphics card's driver, fonts."""

import importlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from studio.finding import Finding, State
from studio.settings import GB, Settings

NEEDED_CODECS = {"libx264": "H.264", "aac": "AAC", "png": "PNG", "gif": "GIF"}
USEFUL_CODECS = {"libx265": "HEVC", "libsvtav1": "AV1", "libvpx-vp9": "WebM", "prores_ks": "ProRes", "libopus": "Opus"}
READ_CODECS = {
    "h264": "H.264",
    "hevc": "HEVC",
    "vp9": "VP9",
    "libdav1d": "AV1",
    "prores": "ProRes",
    "aac": "AAC",
    "mp3": "MP3",
}
DRIVER = Path("/proc/driver/nvidia/version")
LABEL_FONTS = (
    "NotoSansCJK",
    "SourceHanSans",
    "NotoSansSC",
    "msyh",
    "PingFang",
    "wqy",
    "simhei",
    "DroidSansFallback",
    "STHeiti",
)
FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)


def libraries(settings: Settings) -> Iterator[Finding]:
    """Packages that need libraries of the system, imported for real."""
    for name in ("cv2", "av", "numba", "onnxruntime", "mediapipe"):
        try:
            importlib.import_module(name)
        except ImportError as problem:
            reason = str(problem).splitlines()[0]
            yield Finding(
                "libraries",
                "fault",
                "library",
                {"name": name, "reason": reason},
                "apt" if ".so" in reason else "reinstall",
            )
        else:
            yield Finding("libraries", "ok", "library_ok", {"name": name})


def codecs(settings: Settings) -> Iterator[Finding]:
    try:
        from av import Codec
        from av.codec.codec import UnknownCodecError
    except ImportError:
        return
    good = []
    for name, label in {**NEEDED_CODECS, **USEFUL_CODECS}.items():
        try:
            Codec(name, "w")
            good.append(label)
        except UnknownCodecError:
            state: State = "fault" if name in NEEDED_CODECS else "note"
            yield Finding("codecs", state, "codec", {"name": name, "label": label}, "codec")
    yield Finding("codecs", "ok", "codecs", {"names": ", ".join(good)})
    for name, label in READ_CODECS.items():
        try:
            Codec(name, "r")
        except UnknownCodecError:
            yield Finding("codecs", "fault", "decoder", {"name": name, "label": label}, "codec")


def graphics(settings: Settings) -> Iterator[Finding]:
    card = Path("/dev/nvidiactl").exists() or shutil.which("nvidia-smi") is not None
    try:
        import torch

        made_for = torch.version.cuda
        if torch.cuda.is_available():
            for index in range(torch.cuda.device_count()):
                probe = torch.ones(8, device=f"cuda:{index}")
                memory = torch.cuda.get_device_properties(index).total_memory / GB
                well = float((probe + probe).sum()) == 16.0
                params = {"name": torch.cuda.get_device_name(index), "device": f"cuda:{index}", "gb": f"{memory:.0f}"}
                yield Finding("graphics", "ok" if well else "fault", "gpu", params, "" if well else "driver")
            return
    except (ImportError, RuntimeError) as problem:
        yield Finding(
            "graphics", "fault", "torch", {"reason": str(problem).splitlines()[0]}, "driver" if card else "reinstall"
        )
        return
    if not card:
        yield Finding("graphics", "ok", "no_gpu")
    elif made_for is None:
        yield Finding("graphics", "fault", "torch_cpu", {"torch": torch.__version__}, "torch_cpu")
    else:
        params = {"driver": _driver(), "torch": torch.__version__, "cuda": made_for}
        yield Finding("graphics", "fault", "gpu_unusable", params, "driver")


def _driver() -> str:
    """Version of the NVIDIA driver that the kernel has loaded; a question mark where it doesn't tell."""
    try:
        found = re.search(r"Kernel Module\D*([\d.]+)", DRIVER.read_text(encoding="utf-8"))
    except OSError:
        found = None
    return found[1] if found else "?"


def fonts(settings: Settings) -> Iterator[Finding]:
    """A font with Chinese characters, for labels that are written into pictures."""
    files = (file for folder in FONT_FOLDERS for file in Path(folder).rglob("*.*t*"))
    font = next(
        (file for file in files if file.name.lower().startswith(tuple(name.lower() for name in LABEL_FONTS))), None
    )
    yield (
        Finding("fonts", "ok", "font", {"name": font.name}) if font else Finding("fonts", "note", "no_font", {}, "font")
    )
