"""Archives every job of a WorkPhotos workspace as sealed, browsable, offline records."""

__version__ = "0.1.0"
