"""Files that people write: read whole or refused, with the line of each mistake and what to write
instead.
"""
