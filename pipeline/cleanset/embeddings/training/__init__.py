"""How cleanset's own model is trained: views of pictures that copiers make, and vectors that bring them together."""
