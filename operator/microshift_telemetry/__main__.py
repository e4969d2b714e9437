"""The process: everything is loaded, then it starts."""

import sys

from microshift_telemetry.tls import without_system_roots
from microshift_telemetry.unused_modules import without_unused_modules

# aiohttp makes two contexts when it is loaded, which nobody here uses: 2 MiB of roots.
with without_unused_modules(), without_system_roots():
    from microshift_telemetry.start import main

if __name__ == "__main__":
    sys.exit(main())
