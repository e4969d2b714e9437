"""The process: everything is loaded, then it starts."""

import sys
from typing import Any

from microshift_telemetry.tls import without_system_roots

# What `shutil` and `yaml` load where they find it, and nobody here uses: 0.8 MiB. A None says that
# it isn't there.
loaded: dict[str, Any] = sys.modules
loaded |= dict.fromkeys(("bz2", "lzma", "yaml._yaml"))

# aiohttp makes two contexts when it is loaded, which nobody here uses: 2 MiB of roots.
with without_system_roots():
    from microshift_telemetry.start import main

if __name__ == "__main__":
    sys.exit(main())
