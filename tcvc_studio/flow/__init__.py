"""Optical flow: one protocol, one file for each method, and the warp that uses it."""
