"""``python -m tieout``: the same as the command ``tieout``."""

from tieout.cli import main

if __name__ == "__main__":
    main()
