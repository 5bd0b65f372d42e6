"""Runs the product's programs together on one machine; standard library only, any Python 3.11."""
