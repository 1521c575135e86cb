"""Stable Diffusion 1.5 and SDXL: loading, prompts, regions, controls, and one call that draws."""
