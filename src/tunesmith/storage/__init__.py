"""Where data lives: the embedded object store, and the one seam through which data moves in and out."""
