"""What a proposed mapping recognizes in an export: times, columns, and what a row is."""
