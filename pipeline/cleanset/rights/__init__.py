"""Rights: what was seen (evidence), what it claims, and what is concluded from it under a policy."""
