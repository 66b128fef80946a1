"""Beam wiring: one PTransform per file, no logic."""
