"""How a version is released: `make version` writes it everywhere, `make release` checks and builds.

`verify.py` is one of the released files: it needs Python 3.9 and nothing of this repository.
"""
