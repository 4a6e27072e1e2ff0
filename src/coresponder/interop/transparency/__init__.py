"""Anchors: what an agency's log held at a time, signed with a key that the database does not have,
in the formats of transparency logs (RFC 6962; C2SP signed-note, tlog-checkpoint and tlog-proof).
"""
