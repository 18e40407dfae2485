"""Bytes to and from devices: cards, readers, receipt printers."""
