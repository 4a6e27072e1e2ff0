"""`python -m coresponder`."""

from coresponder.cli import main

if __name__ == "__main__":
    main()
