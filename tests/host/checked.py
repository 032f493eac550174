# SPDX-License-Identifier: Apache-2.0
"""What the checker has to say of a run: a monitor at each virtio device (models/cosim/monitor)."""

import re

from guest import Failure


class Checked:
    """Hears what monitors say at the end. The first finding ends the run by itself."""

    def __init__(self):
        self._used = {}

    def on_line(self, line):
        found = re.match(r"bus\.pci\.(\S+): \d+ transactions, \d+ requests, (\d+) used, 0 findings", line)
        if found:
            self._used[found[1]] = int(found[2])

    def check(self, devices, idle=0):
        """So many devices were there, and all but this many had something to do."""
        print(f"requests under the checker: {self._used}")
        if len(self._used) != devices or sum(map(bool, self._used.values())) < devices - idle:
            raise Failure(f"of {devices} devices, the checker has judged these requests: {self._used}")
