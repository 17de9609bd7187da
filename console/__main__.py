"""`python -m console`: the `taskroom` command without its script."""

from console.cli import main

if __name__ == "__main__":
    main()
