"""TCVC Studio: temporally consistent colorization of black-and-white films."""

__version__ = "0.1.0"
