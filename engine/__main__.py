"""`python -m engine` is `formloom`."""

import sys

from engine.cli import main

sys.exit(main())
