"""Policies and measures over history."""
