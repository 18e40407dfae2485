"""What a scanned barcode says: letters, check digits, forms of a library's own labels."""
