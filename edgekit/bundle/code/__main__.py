"""What ``python3 BUNDLE`` runs."""

import sys

from edgekit_cli import main

sys.exit(main())
