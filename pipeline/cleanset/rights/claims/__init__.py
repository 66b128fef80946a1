"""From evidence to claims: what each piece of evidence says, by whom, and how much that counts."""
