"""Sphinx configuration."""

from rnn_parity import __version__

project = "rnn-parity"
author = "The rnn-parity maintainers"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = f"rnn-parity {release}"
exclude_patterns = ["_build"]
autodoc_member_order = "bysource"
myst_heading_anchors = 3
