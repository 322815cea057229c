"""`python -m playground`."""

import contextlib
import os
import sys

from playground.cli import INTERRUPTED, main

code = main(sys.argv[1:])
if code == INTERRUPTED:
    # Python would take a thousand modules apart first, which takes longer than a run takes to end.
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(code)
sys.exit(code)
