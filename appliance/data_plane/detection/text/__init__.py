"""Personal data in free text: one pass finds where to look, exact readers say what is there, and overlapping answers are settled."""

from appliance.data_plane.detection.text.options import TextOptions
from appliance.data_plane.detection.text.scanner import TextScanner

__all__ = ["TextOptions", "TextScanner"]
