"""Files made from a manifest for those who use or publish it."""
