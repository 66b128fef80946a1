"""Where one picture lies within another, and how well the two agree there."""
