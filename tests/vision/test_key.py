import cv2
import numpy as np
import pytest

from engines.vision.composite import over, solid
from engines.vision.key import find_screen, key, screen_of
from studio.errors import BadInput
from tests.vision.scenes import noisy, planes, rgb, texture

HEIGHT, WIDTH = 270, 480
SCREENS = {"green": (60, 160, 95), "strong green": (20, 200, 50), "blue": (40, 70, 190)}


def studio(screen, seed=5):
    """A person-like shape with fine hair before a screen that gets darker to one side: (rgb, alpha float, true
    foreground).
    """
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(alpha, (240, 150), (70, 90), 0, 0, 360, 255, -1, cv2.LINE_AA)
    cv2.rectangle(alpha, (130, 220), (350, HEIGHT), 255, -1)
    rng = np.random.default_rng(seed)
    for angle in rng.uniform(0, 2 * np.pi, 60):
        end = (int(240 + 90 * np.cos(angle)), int(150 - 112 * abs(np.sin(angle))))
        cv2.line(alpha, (240, 120), end, 255, 1, cv2.LINE_AA)
    alpha = cv2.GaussianBlur(alpha, (0, 0), 0.7).astype(np.float32) / 255
    person = texture(HEIGHT, WIDTH, seed, grain=10)[..., :1] * np.array([0.9, 0.66, 0.58], np.float32)
    light = np.linspace(1.0, 0.75, WIDTH, dtype=np.float32)[np.newaxis, :, np.newaxis]
    back = np.array(screen, np.float32) * light
    share = alpha[..., np.newaxis]
    picture = np.clip(person * share + back * (1 - share) + 0.5, 0, 255).astype(np.uint8)
    return noisy(picture, 1.5, seed), alpha, person


@pytest.mark.parametrize("name", SCREENS)
@pytest.mark.parametrize("subsampled", [True, False])
def test_alpha_is_near_the_truth_and_flat_parts_are_clean(name, subsampled):
    picture, alpha, _ = studio(SCREENS[name])
    frame = planes(picture, subsampled=subsampled)
    screen = find_screen(frame)
    assert screen is not None
    keyed = key(frame, screen)
    got = keyed.alpha.astype(np.float32) / 255
    assert np.abs(got - alpha).mean() < 0.012
    assert got[cv2.erode(alpha, np.ones((9, 9))) > 0.999].min() > 0.97
    assert got[cv2.dilate(alpha, np.ones((13, 13))) < 0.001].max() < 0.04


@pytest.mark.parametrize("name", SCREENS)
@pytest.mark.parametrize(("subsampled", "bound"), [(True, 22), (False, 11)])
def test_no_colour_of_the_screen_is_left(name, subsampled, bound):
    picture, alpha, person = studio(SCREENS[name])
    frame = planes(picture, subsampled=subsampled)
    keyed = key(frame, find_screen(frame))
    on_white = rgb(over(keyed, keyed.alpha, solid((250, 250, 250), frame))).astype(int)
    wanted = person * alpha[..., np.newaxis] + 250 * (1 - alpha[..., np.newaxis])
    edge = (alpha > 0.03) & (alpha < 0.97)
    channel = 2 if name == "blue" else 1
    others = [c for c in range(3) if c != channel]
    excess = on_white[..., channel] - on_white[..., others].max(axis=-1)
    assert np.percentile(excess[edge], 99) < 14
    assert np.abs(on_white - wanted)[edge].mean() < bound


def test_choke_moves_the_edge_inwards_and_nothing_else():
    picture, _, _ = studio(SCREENS["green"])
    frame = planes(picture)
    screen = find_screen(frame)
    plain, choked = key(frame, screen).alpha, key(frame, screen, choke=1.0).alpha
    assert (choked <= plain).all()
    assert choked.mean() < plain.mean()
    assert choked.mean() > 0.85 * plain.mean()


def test_finds_no_screen_where_there_is_none():
    assert find_screen(planes(texture(HEIGHT, WIDTH))) is None
    assert find_screen(planes(np.full((HEIGHT, WIDTH, 3), 235, np.uint8))) is None
    picture, _, _ = studio((150, 110, 90))
    assert find_screen(planes(picture)) is None


def test_a_given_colour_keys_like_the_one_that_was_found():
    picture, alpha, _ = studio(SCREENS["strong green"])
    keyed = key(planes(picture), screen_of(SCREENS["strong green"], full_range=True))
    assert np.abs(keyed.alpha / 255 - alpha).mean() < 0.015


def test_a_grey_screen_is_refused():
    with pytest.raises(BadInput) as caught:
        screen_of((120, 125, 122), full_range=False)
    assert "#787d7a" in str(caught.value)
    for lang in ("en", "zh-CN", "ru"):
        assert "{" not in caught.value.text(lang)
