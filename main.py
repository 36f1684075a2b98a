"""Starts the program from a source tree."""

import sys

from tcvc_studio.cli.main import main

sys.exit(main())
