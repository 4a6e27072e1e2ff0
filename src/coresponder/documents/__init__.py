"""Read files that people write, or refuse them with the line of each mistake and what to write
instead.
"""
