"""The studio's record in an XMP packet."""

import html
import re

PATTERN = re.compile(r'atelier:record="([^"]*)"')


def record_of(packet: bytes) -> str:
    """The record in a packet, or nothing."""
    found = PATTERN.search(packet.decode("utf-8", "replace"))
    return html.unescape(found[1]) if found else ""
