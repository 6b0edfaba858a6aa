"""Write docs/features.md from the specs of the families."""

from pathlib import Path

from leukfeat.features.registry import features_markdown

Path(__file__).with_name("features.md").write_text(features_markdown(), encoding="utf-8")
