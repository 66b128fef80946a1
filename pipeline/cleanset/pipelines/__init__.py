"""The three Beam pipelines, each on one screen."""
