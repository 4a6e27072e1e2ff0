"""The made-up night (people, calls, and a field that plays a program), and stories that are played
through the workflow.
"""
