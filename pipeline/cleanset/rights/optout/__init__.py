"""Opt-outs and reservations: what each protocol says about training on a picture, one small file per protocol."""
