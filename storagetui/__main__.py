"""`python -m storagetui`."""

from storagetui.cli import main

if __name__ == "__main__":
    main()
