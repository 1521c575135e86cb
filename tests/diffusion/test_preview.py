"""Previews show the picture that is coming."""

import io

import numpy as np
import torch
from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, EulerDiscreteScheduler, TCDScheduler
from PIL import Image

from engines.diffusion.controls import Source
from engines.diffusion.preview import fit_colours, preview_jpeg, watch
from tests.diffusion import tiny
from tests.diffusion.conftest import Zoo
from tests.diffusion.scenes import Studio, picture, sd15


def keeping_colours() -> AutoencoderKL:
    """A tiny autoencoder whose encoder averages, as trained ones do, where one at random scatters."""
    tiny.seeded(1)
    vae = tiny.vae()
    with torch.no_grad():
        for name, module in vae.encoder.named_modules():
            if name.endswith(("conv2", "to_out.0")):
                module.weight.zero_()
            elif name.endswith("downsamplers.0.conv"):
                module.weight.copy_(torch.eye(len(module.weight))[..., None, None] / 9)
    return vae


def test_colours_are_found_for_the_autoencoder() -> None:
    vae = keeping_colours()
    colours = fit_colours(vae)
    unseen = picture(11, 128, 128)
    with torch.no_grad():
        pixels = torch.from_numpy(unseen / np.float32(127.5) - 1).permute(2, 0, 1).unsqueeze(0)
        latents = vae.encode(pixels).latent_dist.mean * vae.config.scaling_factor
    small = np.asarray(Image.fromarray(unseen).resize((16, 16), Image.Resampling.BOX), np.float32)
    shown = colours(latents).astype(np.float32)
    assert shown.shape == small.shape
    errors = np.abs(shown - small).mean(), np.abs(small - small.mean((0, 1))).mean()
    assert errors[0] < 0.85 * errors[1], "nearer to the picture than its mean colour is"
    opened = Image.open(io.BytesIO(preview_jpeg(colours, latents)))
    assert (opened.format, opened.size) == ("JPEG", (512, 512))


def test_what_a_step_expects_is_seen() -> None:
    clean = torch.full((1, 4, 8, 8), 0.5)
    for kind in (EulerDiscreteScheduler, DPMSolverMultistepScheduler):
        scheduler = kind()
        expected = watch(scheduler)
        scheduler.set_timesteps(5)
        noise = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
        time = scheduler.timesteps[2]
        scheduler.set_begin_index(2)
        noisy = scheduler.add_noise(clean, noise, time.reshape(1))
        scheduler.scale_model_input(noisy, time)
        scheduler.step(noise, time, noisy, return_dict=False)
        assert torch.allclose(expected.latents, clean, atol=1e-3), kind.__name__
    scheduler = TCDScheduler()
    expected = watch(scheduler)
    scheduler.set_timesteps(4)
    out = scheduler.step(clean, scheduler.timesteps[0], clean, return_dict=False)
    assert torch.equal(expected.latents, out[0])


def test_a_small_decoder_makes_larger_previews(zoo: Zoo, tmp_path: object) -> None:
    studio = Studio(tmp_path)  # type: ignore[arg-type]
    studio.draw(sd15(zoo, tiny_vae=Source("taesd", zoo.tiny_vae)))
    assert "taesd/tiny" in studio.resident()
    assert "sd15/vae colours" not in studio.resident()
    assert Image.open(io.BytesIO(studio.host.previews[0])).size == (512, 512)
