"""What ``python3 BUNDLE`` runs."""

import sys

from edgekit_model import main

sys.exit(main())
