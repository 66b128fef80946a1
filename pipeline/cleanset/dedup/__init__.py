"""Which samples show the same picture, and which one stands for them."""
