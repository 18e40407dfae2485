"""Barcodes."""
