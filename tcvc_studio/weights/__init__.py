"""Catalogue, verified download, import and safe loading of weights."""
