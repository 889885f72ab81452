"""The appliance: synthetic, transformed and classified data on one machine."""

__version__ = "0.1.0"
