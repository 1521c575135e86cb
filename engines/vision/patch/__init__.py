"""Patches of pictures: the nearest ones found (Barnes et al. 2009), and pictures put together from them."""
