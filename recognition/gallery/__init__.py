"""Keep in memory who can be recognised: an index of templates that follows the changes in the database."""

from __future__ import annotations

from recognition.gallery.following import current, follow, following_stop, reset, snapshot_write, under
from recognition.gallery.reading import open_vector, seal_vector
from recognition.gallery.view import GalleryView, of_guests

__all__ = [
    "GalleryView",
    "current",
    "follow",
    "following_stop",
    "of_guests",
    "open_vector",
    "reset",
    "seal_vector",
    "snapshot_write",
    "under",
]
