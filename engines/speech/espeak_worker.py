"""A process that speaks with espeak-ng, and does nothing else: a script of its own, of the standard library alone.

The library is under the GPL-3 and keeps its state in globals, so that it is loaded here and never into the studio. Arguments:
the library's file and its data folder. A question is a little-endian uint32, the length of what follows, and JSON; the answer
is a frame: two uint32, the lengths of what follows, then JSON, then 16-bit samples. It ends when its input does.
"""

import ctypes
import json
import os
import re
import struct
import sys
from pathlib import Path
from typing import Any

SYNCHRONOUS, DONT_EXIT = 2, 0x8000
UTF8, PHONEMES = 1, 0x100
CHARACTER = 1
RATE, PITCH, RANGE = 1, 3, 4
END, WORD = 0, 1
SEED = 1
IPA = 2
HEAD = struct.Struct("<I")
TABLE_HEAD, TABLE_NAME, PHONEME_BYTES, MNEMONIC_BYTES = 4, 32, 16, 4
STRESS = {"ˈ": "'", "ˌ": ","}
STOP = re.compile(r"([,.;:!?…])[\"”’)»]*\s*\S?$")
"""What ended a clause: the library reads a letter of the next one."""
SWITCHED = re.compile(r"\([a-z-]+\)")
"""What espeak-ng writes where it speaks another language."""


class Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    ]


class VoiceFacts(ctypes.Structure):
    """The beginning of espeak_VOICE."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    ]


Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))


class Library:
    """espeak-ng, loaded into this process."""

    def __init__(self, file: str, data: str) -> None:
        self._lib = ctypes.CDLL(file)
        self._data = Path(data)
        self.rate = self._lib.espeak_Initialize(SYNCHRONOUS, 0, data.encode(), DONT_EXIT)
        if self.rate <= 0:
            raise OSError("espeak-ng can't read its data")
        self._samples = bytearray()
        self._words: list[tuple[int, int, int]] = []
        self._callback = Callback(self._take)
        self._lib.espeak_SetSynthCallback(self._callback)
        self._lib.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._lib.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(VoiceFacts))
        self._voice = ""
        self._mnemonics: dict[str, dict[str, str]] = {}

    def languages(self) -> list[tuple[str, str, str]]:
        """(tag, name, identifier) of each language voice; only the last is sure to find it."""
        found, listed, at = [], self._lib.espeak_ListVoices(None), 0
        while listed[at]:
            facts = listed[at].contents
            tag = facts.languages[1:].split(b"\0")[0]
            found.append((tag.decode(), facts.name.decode().strip(), facts.identifier.decode()))
            at += 1
        return found

    def speak(self, asked: dict) -> tuple[list[tuple[int, int, int]], bytes]:
        """Words as (place, length, first sample), places from 0 in characters; and 16-bit samples."""
        self._use(asked["voice"])
        for name, value in ((RATE, asked["rate"]), (PITCH, asked["pitch"]), (RANGE, asked["range"])):
            self._lib.espeak_SetParameter(name, value, 0)
        self._samples.clear()
        self._words.clear()
        text, flags = asked["text"], UTF8
        if asked["phonemes"]:
            text, flags = f"[[{self._spelt(asked['phonemes'])}]]", UTF8 | PHONEMES
        self._lib.espeak_ng_SetRandSeed(ctypes.c_long(SEED))  # its own is the clock
        encoded = text.encode()
        self._lib.espeak_Synth(encoded, len(encoded) + 1, 0, CHARACTER, 0, flags, None, None)
        self._lib.espeak_Synchronize()
        return list(self._words), bytes(self._samples)

    def ipa(self, voice: str, text: str) -> str:
        """A text clause by clause in IPA, each with the stop that ended it."""
        self._use(voice)
        left, parts = text.encode(), []
        pointer = ctypes.c_char_p(left)
        while left:
            sound = self._lib.espeak_TextToPhonemes(ctypes.byref(pointer), UTF8, IPA) or b""
            after = pointer.value or b""
            clause = left[: len(left) - len(after)].decode("utf-8", "ignore")
            stop = STOP.search(clause)
            parts.append(sound.decode("utf-8", "ignore").strip() + (stop[1] if stop else ""))
            left = after
        return SWITCHED.sub("", " ".join(filter(None, parts))).replace("\u200d", "")

    def _take(self, wave: Any, count: int, events: Any) -> int:
        if wave and count:
            self._samples.extend(ctypes.string_at(wave, count * 2))
        at = 0
        while events[at].type != END:
            if events[at].type == WORD:
                self._words.append((events[at].text_position - 1, events[at].length, events[at].sample))
            at += 1
        return 0

    def _use(self, voice: str) -> None:
        if voice != self._voice:
            self._voice = ""
            if self._lib.espeak_SetVoiceByName(voice.encode()) != 0:
                raise LookupError(voice)
            self._voice = voice

    def _spelt(self, ipa: str) -> str:
        """IPA in the mnemonics of the voice's language; what it doesn't have is left out."""
        known = self._mnemonics.setdefault(self._voice, {}) or self._learn()
        longest = max(map(len, known), default=1)
        spelt, at = [], 0
        while at < len(ipa):
            size = next((n for n in range(longest, 0, -1) if ipa[at : at + n] in known), 0)
            spelt.append(known[ipa[at : at + size]] if size else STRESS.get(ipa[at], ""))
            at += size or 1
        return "".join(f"{part}|" if part not in STRESS.values() else part for part in spelt if part).rstrip("|")

    def _learn(self) -> dict[str, str]:
        """What each mnemonic of the library sounds like in this voice."""
        known = self._mnemonics[self._voice]
        for mnemonic in _all_mnemonics((self._data / "phontab").read_bytes()):
            text = ctypes.c_char_p(f"[[{mnemonic}]]".encode())
            sound = self._lib.espeak_TextToPhonemes(ctypes.byref(text), UTF8 | PHONEMES, IPA) or b""
            plain = "".join(letter for letter in sound.decode("utf-8", "ignore") if letter not in "ˈˌ \u200d_")
            if plain and len(known.get(plain, "?" * 9)) > len(mnemonic):
                known[plain] = mnemonic
        return known


def _all_mnemonics(table: bytes) -> list[str]:
    """The names of all phonemes in espeak-ng's ``phontab``."""
    names, at = set(), TABLE_HEAD
    for _ in range(table[0]):
        count = table[at]
        at += TABLE_HEAD + TABLE_NAME
        for _ in range(count):
            names.add(table[at : at + MNEMONIC_BYTES].rstrip(b"\0").decode("ascii", "ignore"))
            at += PHONEME_BYTES
    return sorted(name for name in names if name and name[0].isprintable() and name[0] not in "_|'%=,;()#*")


def answer(library: Library, asked: dict) -> bytes:
    """The frame for a piece of work."""
    told: dict = {"id": asked["id"], "rate": library.rate}
    samples = b""
    if asked["work"] == "languages":
        told["languages"] = library.languages()
    else:
        try:
            if asked["work"] == "spell":
                told["ipa"] = library.ipa(asked["voice"], asked["text"])
            else:
                told["words"], samples = library.speak(asked)
        except LookupError as problem:
            told["unknown"] = str(problem.args[0])
    head = json.dumps(told).encode()
    return struct.pack("<II", len(head), len(samples)) + head + samples


def serve(library: Library) -> bool:
    """Answer one question; false when there are no more, or nobody is there to hear."""
    head = _read(HEAD.size)
    if len(head) < HEAD.size:
        return False
    frame = answer(library, json.loads(_read(HEAD.unpack(head)[0])))
    try:
        sys.stdout.buffer.write(frame)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        return False
    return True


def _read(count: int) -> bytes:
    """So many bytes of the input and none beyond; fewer at its end."""
    blocks = []
    while count and (block := os.read(0, count)):
        blocks.append(block)
        count -= len(block)
    return b"".join(blocks)


def main() -> None:
    """Serve until the input ends; what it writes are frames alone.

    What the library has said before is heard in what it says next, even once it is started anew. So where a process can be
    doubled, a fresh double takes each question, and the same request always makes the same sound.
    """
    library = Library(sys.argv[1], sys.argv[2])
    if not hasattr(os, "fork"):
        while serve(library):
            pass
        return
    while True:
        double = os.fork()
        if double == 0:
            os._exit(0 if serve(library) else 1)
        if os.waitstatus_to_exitcode(os.waitpid(double, 0)[1]) != 0:
            return


if __name__ == "__main__":
    main()
