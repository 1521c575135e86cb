"""Compiled loops stay within their arrays, and the cache of compiled code never gives one for another."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.kernel import SharedCacheFile, kernel, sources
from engines.style.kuwahara import kuwahara
from engines.style.tensor import flow
from studio.paths import ROOT
from tests.style.plain import drawings

FLAT, STRIDED = (("flat",), ("cpu",), ("code",)), (("strided",), ("cpu",), ("code",))


def test_without_a_compiler_no_index_is_wrong_and_the_drawing_is_the_same(tmp_path: Path) -> None:
    file = tmp_path / "plain.npz"
    command = [sys.executable, "-W", "error", "-m", "tests.style.plain", str(file)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, check=True)
    compiled = drawings()
    with np.load(file) as plain:
        assert set(plain.files) == set(compiled)
        for name, plane in compiled.items():
            off = np.abs(plain[name].astype(int) - plane)
            assert off.mean() < 1 and (off > 8).mean() < 0.01, name


def test_any_tensor_has_an_anisotropy_of_at_most_one() -> None:
    rng = np.random.default_rng(4)
    tensor = rng.normal(0, 0.05, (200, 200, 3)).astype(np.float32)
    tensor[:20] = 0
    tangent, anisotropy = flow(tensor)
    assert anisotropy.min() >= 0 and anisotropy.max() <= 1
    assert np.allclose(np.linalg.norm(tangent, axis=2), 1, atol=1e-3)


def test_a_stroke_never_reaches_beyond_the_picture() -> None:
    rng = np.random.default_rng(5)
    tensor = rng.normal(0, 0.05, (70, 90, 3)).astype(np.float32)
    luma, flat = rng.uniform(0.2, 0.8, (70, 90)).astype(np.float32), np.zeros((70, 90), np.float32)
    for radius in (0.5, 3.0, 18.0, 36.0):
        painted, u, v = kuwahara(luma, flat, flat, *flow(tensor), radius, 0.6)
        assert luma.min() <= painted.min() and painted.max() <= luma.max()
        assert not u.any() and not v.any()


class Interrupted(SharedCacheFile):
    """Lets something happen between the two files that a save writes."""

    between: Any = None

    def _save_index(self, overloads: Any) -> None:
        super()._save_index(overloads)
        self._now()

    def _save_data(self, name: str, data: Any) -> None:
        super()._save_data(name, data)
        self._now()

    def _now(self) -> None:
        happens, self.between = self.between, None
        if happens:
            happens()


class Early(SharedCacheFile):
    """Has read the index before anybody wrote it."""

    def _load_index(self) -> Any:
        return {}


def test_two_processes_that_fill_the_cache_at_once_do_not_mix_their_code(tmp_path: Path) -> None:
    place = (str(tmp_path), "loop", "version")
    slow = Interrupted(*place)
    slow.between = lambda: Early(*place).save(STRIDED, "strided code")
    slow.save(FLAT, "flat code")
    reader = SharedCacheFile(*place)
    assert reader.load(FLAT) in (None, "flat code")
    assert reader.load(STRIDED) in (None, "strided code")


def test_a_process_killed_while_it_saves_leaves_no_old_code_behind(tmp_path: Path) -> None:
    def killed() -> None:
        raise KeyboardInterrupt

    SharedCacheFile(str(tmp_path), "loop", "old version").save(FLAT, "old code")
    cut = Interrupted(str(tmp_path), "loop", "new version")
    cut.between = killed
    with pytest.raises(KeyboardInterrupt):
        cut.save(FLAT, "new code")
    assert SharedCacheFile(str(tmp_path), "loop", "new version").load(FLAT) in (None, "new code")


def test_compiled_code_is_kept_under_what_is_in_it() -> None:
    from engines.style import tone

    kept: Any = tone._compose
    assert isinstance(kept._cache._cache_file, SharedCacheFile)
    assert kept._cache._cache_file._source_stamp == sources()


def test_code_from_the_cache_gives_the_same(tmp_path: Path) -> None:
    script = (
        "import numpy as np\nfrom engines.kernel import kernel\nfrom engines.style.tensor import _flow, flow\n"
        "t, a = flow(np.ones((3, 4, 3), np.float32))\nprint(float(a.sum()), sum(_flow.stats.cache_hits.values()))\n"
    )
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    runs = [
        subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env=env, check=True, capture_output=True, text=True
        ).stdout.split()
        for _ in range(2)
    ]
    assert runs[0][0] == runs[1][0]
    assert [run[1] for run in runs] == ["0", "1"]


def test_a_loop_runs_compiled() -> None:
    compiled: Any = kernel(lambda row: row.sum())
    assert compiled(np.ones(3, np.float32)) == 3.0
    assert compiled.signatures
