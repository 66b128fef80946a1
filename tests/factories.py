"""Valid rows for tests: each test overrides only what it is about."""
