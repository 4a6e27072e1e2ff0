"""The made-up night: people, calls and a field that plays a program; and stories played through the
workflow.
"""
