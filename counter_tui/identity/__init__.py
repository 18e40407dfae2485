"""Whose card is this, and is it still good?"""
