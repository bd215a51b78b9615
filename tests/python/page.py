"""The examples of docs/python.md."""

import os
import re
import subprocess
import sys

PAGE = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "python.md")


def run(client, url):
    """Runs what the page shows for a client, from first to last in one program; gives what it prints."""
    with open(PAGE) as page:
        sections = re.split(r"^## ", page.read(), flags=re.MULTILINE)
    section = next(each for each in sections if each.startswith(f"{client}\n"))
    code = "\n".join(re.findall(r"^```python\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL))
    done = subprocess.run(
        [sys.executable, "-c", code.replace("ws://127.0.0.1:9944", url)], capture_output=True, text=True, timeout=120
    )
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return done.stdout.splitlines()
