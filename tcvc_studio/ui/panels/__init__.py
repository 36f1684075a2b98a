"""Panels beside the viewers."""
