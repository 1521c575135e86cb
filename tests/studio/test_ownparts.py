"""Artists' own parts: taken in from pictures and safe SVGs, each owner's alone, told on the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from studio.cli import main
from studio.errors import BadInput, NotFound, StudioError
from studio.settings import Settings
from studio.studio import Studio

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 200 100">'
USES = "".join('<g id="a{}">{}</g>'.format(n, f'<use href="#a{n - 1}"/>' * 10) for n in range(1, 9))
UNSAFE = {
    "doctype": f'<!DOCTYPE svg [<!ENTITY a "b">]>{HEAD}&a;</svg>',
    "script": f"{HEAD}<script>alert(1)</script></svg>",
    "handler": f'{HEAD}<rect onload="alert(1)"/></svg>',
    "file": f'{HEAD}<image xlink:href="file:///etc/passwd" width="9" height="9"/></svg>',
    "address": f'{HEAD}<rect style="fill:url(http://example.org/a.svg#b)"/></svg>',
    "style sheet": f"{HEAD}<style>@import 'http://example.org/a.css'</style></svg>",
    "page": f"{HEAD}<foreignObject/></svg>",
    "noise": f'{HEAD}<filter id="f"><feTurbulence baseFrequency="9" numOctaves="99"/></filter></svg>',
    "itself": f'{HEAD}<g id="a"><use href="#a"/></g></svg>',
    "bomb": f'{HEAD}{USES}<g id="a0"><rect width="1" height="1"/></g></svg>',
    "depth": f"{HEAD}{'<g>' * 3000}{'</g>' * 3000}</svg>",
}
PLAIN = f'{HEAD}<circle cx="150" cy="50" r="40" fill="#00ff00"/></svg>'


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(Settings(data_dir=tmp_path / "data", max_pixels=4_000_000))


def saved(folder: Path, name: str, words: str, encoding: str = "utf-8") -> Path:
    (folder / name).write_text(words, encoding=encoding)
    return folder / name


def test_a_part_is_its_owners_alone_and_goes_with_its_picture(tmp_path: Path, studio: Studio) -> None:
    picture = Image.new("RGBA", (80, 60))
    ImageDraw.Draw(picture).rectangle((10, 20, 49, 39), fill=(200, 10, 10, 255))
    picture.save(tmp_path / "hat.png")
    added = studio.parts.add(
        tmp_path / "hat.png", "anna", region="hair", labels="Red Hat,  funny hat,red hat", licence="CC0"
    )
    assert (added.region, added.labels, added.title, added.licence) == ("hair", ("red hat", "funny hat"), "hat", "CC0")
    asset = studio.library.get(added.id, "anna")
    assert (asset.width, asset.height) == (44, 24), "cut out by its alpha"
    assert studio.parts.list("anna") == [added] and studio.parts.list("boris") == []
    again = studio.parts.add(tmp_path / "hat.png", "anna", region="hair", labels=["cap"], title="Cap")
    assert (again.id, [one.labels for one in studio.parts.list("anna")]) == (added.id, [("cap",)])
    with pytest.raises(NotFound):
        studio.parts.remove(added.id, "boris")
    other = studio.parts.add(tmp_path / "hat.png", "boris", region="hair", labels="cap")
    studio.parts.remove(added.id, "anna")
    assert studio.parts.list("anna") == [] and not studio.library.owns(added.id, "anna")
    studio.library.delete([other.id], "boris")
    assert studio.parts.list("boris") == [], "a part without its picture is none"


def test_an_svg_is_drawn_whatever_size_it_claims(tmp_path: Path, studio: Studio) -> None:
    for number, said in enumerate(("", ' width="2000000000" height="1000000000"', ' width="4" height="2"')):
        file = saved(
            tmp_path, f"{number}.svg", PLAIN.replace(" viewBox", f"{said} viewBox"), ("utf-8", "utf-16")[number % 2]
        )
        added = studio.parts.add(file, "anna", region="held", labels="ball")
        drawn = np.array(Image.open(studio.library.get(added.id, "anna").path))
        side = drawn.shape[0]
        assert abs(side - 1536 * 0.4) < 8 and abs(drawn.shape[1] - side) < 2, said
        assert drawn[side // 2, side // 2].tolist() == [0, 255, 0, 255] and drawn[2, 2, 3] == 0


@pytest.mark.parametrize("name", UNSAFE)
def test_an_svg_that_reaches_out_or_grows_is_refused(tmp_path: Path, studio: Studio, name: str) -> None:
    with pytest.raises(BadInput) as refused:
        studio.parts.add(saved(tmp_path, "part.svg", UNSAFE[name]), "anna", region="held", labels="ball")
    assert refused.value.key == "parts.svg_unsafe" and "part.svg" in refused.value.text("ru")
    assert studio.library.usage("anna") == 0


def test_what_is_no_part_is_refused(tmp_path: Path, studio: Studio) -> None:
    Image.new("RGBA", (30, 30), (9, 9, 9, 0)).save(tmp_path / "clear.png")
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    Image.new("1", (10000, 9000)).save(tmp_path / "huge.png")
    saved(tmp_path, "words.png", "no picture")
    saved(tmp_path, "page.svg", "<html/>")
    saved(tmp_path, "half.svg", PLAIN[:-8])
    saved(tmp_path, "line.svg", PLAIN.replace("0 0 200 100", "0 0 1 9000"))
    saved(tmp_path, "good.svg", PLAIN)
    good = {"region": "held", "labels": "ball"}
    for name, facts, key in (
        ("clear.png", good, "parts.empty"),
        ("dot.png", good, "parts.small"),
        ("huge.png", good, "media.too_large"),
        ("words.png", good, "media.broken_picture"),
        ("page.svg", good, "parts.svg_unreadable"),
        ("half.svg", good, "parts.svg_unreadable"),
        ("line.svg", good, "parts.svg_size"),
        ("gone.svg", good, "media.absent"),
        ("good.svg", {**good, "region": "tail"}, "character.no_region"),
        ("good.svg", {**good, "labels": " , "}, "parts.bad_facts"),
        ("good.svg", {**good, "title": "x" * 81}, "parts.bad_facts"),
    ):
        with pytest.raises(StudioError) as refused:
            studio.parts.add(tmp_path / name, "anna", **facts)
        assert refused.value.key == key, (name, refused.value)
    assert studio.parts.list("anna") == []


def test_the_command_line_adds_lists_and_removes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STUDIO_DATA_DIR", str(tmp_path / "data"))
    file = str(saved(tmp_path, "ball.svg", PLAIN))

    def told(*words: str) -> tuple[int, str]:
        code = main(["parts", *words, "--language", "en"])
        return code, capsys.readouterr().out

    assert told("--list") == (0, "You have added no parts yet.\n")
    code, words = told("--add", file, "--region", "held", "--labels", "ball, orb", "--title", "Orb", "--json")
    added = json.loads(words)[0]
    assert (code, added["region"], added["labels"], added["title"]) == (0, "held", ["ball", "orb"], "Orb")
    assert "Orb" in told()[1] and told(f"--remove={added['id']}") == (0, "Removed.\n")
    assert told(f"--remove={added['id']}")[0] != 0 and told("--add", file, "--region", "held")[0] != 0
