"""Certificates, anchors, and the verifier's store and key."""
