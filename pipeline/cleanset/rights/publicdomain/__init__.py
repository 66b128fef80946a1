"""Public domain by computation: terms of protection, on bounds of years that hold."""
