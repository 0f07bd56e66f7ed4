"""Walk every page of every role in Chromium: what is cut, overlaps, is too small to touch or unusable is a fault."""
