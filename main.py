"""Starts the program from a source tree."""

import sys

from tcvc_studio.start import main

sys.exit(main())
