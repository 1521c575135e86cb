"""Compiled loops: one decorator for all of them, and a cache of the compiled code that several processes can share."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from numba import njit
from numba.core.caching import IndexDataCacheFile

USER = b"from engines.kernel import"


def kernel(loop: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a loop over arrays with numba: without the GIL, with fast floating point, kept on disk.

    The compiled code lies in ``NUMBA_CACHE_DIR``, else beside the source.
    """
    compiled: Any = njit(nogil=True, cache=True, fastmath=True, error_model="numpy")(loop)
    kept = getattr(compiled, "_cache", None)
    if kept is not None:  # numba may be told not to compile
        kept._cache_file = SharedCacheFile(kept.cache_path, kept._impl.filename_base, sources())
    return compiled  # type: ignore[no-any-return]


class SharedCacheFile(IndexDataCacheFile):  # type: ignore[misc]
    """numba's cache of one function, made safe for processes that fill it at the same time or are killed at it.

    numba numbers its files of code 1, 2, 3 and writes the index first. Two processes that compile the function for
    different types both write number 1, and one that is killed between the two writes leaves an index that points to
    old code; either way the machine code of other types or of another version is run, which reads where it must not.
    Here a file's name tells what is in it, and the index, written last, only says that it is there. Two writers of an
    index may lose an entry, which costs a compilation.
    """

    def save(self, key: Any, data: Any) -> None:
        signature, target, code = key
        told = repr((self._source_stamp, self._version, str(signature), target, code))
        name = f"{Path(self._index_name).stem}.{hashlib.sha256(told.encode()).hexdigest()[:24]}.nbc"
        self._save_data(name, data)
        self._save_index({**self._load_index(), key: name})


@cache
def sources() -> str:
    """Fingerprint of every file with compiled loops: constants of one are compiled into the loops of another."""
    folder = Path(__file__).parent
    texts = (file.read_bytes() for file in sorted(folder.glob("*/*.py")))
    return hashlib.sha256(b"\0".join(text for text in texts if USER in text)).hexdigest()
