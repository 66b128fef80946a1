"""Pages that people read: static HTML with no script, which opens from a disk, prints, and follows light and dark."""
