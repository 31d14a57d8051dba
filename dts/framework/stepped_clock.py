# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A calendar's clock that jumps for one program only; this machine's stays as it is."""

import subprocess

from paths import PROGRAMS


class SteppedClock:
    def __init__(self, folder):
        self.library = folder / "stepped_clock.so"
        self.step_file = folder / "clock-step"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-o", self.library,
                        PROGRAMS / "stepped_clock.c"], check=True)
        self.step(0)

    @property
    def environment(self):
        """In front of a command."""
        return ["env", f"LD_PRELOAD={self.library}", f"MCR_CLOCK_STEP={self.step_file}"]

    def step(self, seconds):
        """The clock is wrong by so much from now on. The program never reads half of it."""
        new = self.step_file.with_suffix(".new")
        new.write_text(str(seconds))
        new.rename(self.step_file)
