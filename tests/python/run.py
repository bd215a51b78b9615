"""Runs the tests of one client, in its own environment, and counts them in the words of Rust's test runner.

Usage: <environment>/bin/python tests/python/run.py tests/python/<client>
"""

import sys
import time
import unittest

begun = time.monotonic()
result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(unittest.defaultTestLoader.discover(sys.argv[1]))
failed = len(result.failures) + len(result.errors)
skipped = len(result.skipped)
# What fails before its first test has run none.
passed = max(result.testsRun - failed - skipped, 0)
good = failed == 0 and passed > 0
print(
    f"test result: {'ok' if good else 'FAILED'}. {passed} passed; {failed} failed; {skipped} ignored; "
    f"finished in {time.monotonic() - begun:.2f}s"
)
sys.exit(0 if good else 1)
