"""The pages of `docs/reference` that take more than a few lines; `reference.py` writes them."""
