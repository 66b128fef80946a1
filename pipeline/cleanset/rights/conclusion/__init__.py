"""From claims to a conclusion: what the sources offer, what the policy accepts, what speaks against it, and why."""
