"""The runtimes of embedders: each is imported when an embedder of its kind is loaded."""
