"""Devices that are not there: a card, two ways to lay it on a reader, a printer."""
