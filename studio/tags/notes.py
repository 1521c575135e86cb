"""What is written into a file, ready as text."""

from dataclasses import dataclass

RECORD = "atelier"
AIGC = "AIGC"
XMP_KEYWORD = "XML:com.adobe.xmp"


class Unsuitable(Exception):
    """A file isn't built as its format wants, or so that notes could be put into it."""


@dataclass(frozen=True)
class Notes:
    """``record`` is the studio's full record and ``aigc`` the label, both as JSON; ``xmp`` is a packet; ``parameters``
    the settings as A1111 writes them; ``source_type`` is IPTC's term.
    """

    record: str
    aigc: str
    xmp: str
    parameters: str
    source_type: str
    software: str

    @property
    def packet(self) -> bytes:
        return self.xmp.encode("utf-8", "replace")
