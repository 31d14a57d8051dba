# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Whether what is sampled of a long run grows.

Only the second half counts: caches, pools and tables fill at first. It is cut into blocks of equal time, each
represented by its median, since neighbouring samples depend on each other and a trend test takes them for independent.
A series grows if both hold:

- Mann-Kendall: the blocks rise together more often than chance allows, z > 3.09 (one series of 1,000 without a trend).
  This alone condemns a rise however small.
- Theil-Sen: the median slope of all pairs of blocks, which up to 29 % outliers do not move, times the half's length is
  more than three times the noise (the median deviation from that line, as a standard deviation) and more than a floor,
  which is what the measured thing takes in one step. This alone condemns a single late step.
"""

import math
from dataclasses import dataclass
from itertools import combinations
from statistics import median

BLOCKS = 24
# Fewer have too few pairs for a z of that size.
FEWEST_BLOCKS = 8
SIGNIFICANT_Z = 3.09
NOISES = 3
# A normal distribution's standard deviation in median deviations.
DEVIATIONS = 1.4826


@dataclass(frozen=True)
class Verdict:
    grows: bool
    growth: float               # over the second half
    bound: float
    z: float
    blocks: int


def second_half(times, values):
    """(time, median) of each block."""
    middle = (times[0] + times[-1]) / 2
    late = [(at, value) for at, value in zip(times, values) if at >= middle]
    count = min(BLOCKS, len(late))
    cut = [late[len(late) * n // count:len(late) * (n + 1) // count] for n in range(count)]
    return [(median(at for at, _ in block), median(value for _, value in block)) for block in cut]


def theil_sen(points):
    return median((y - x_value) / (t - x) for (x, x_value), (t, y) in combinations(points, 2) if t > x)


def mann_kendall_z(values):
    """With the correction for ties."""
    score = sum((later > earlier) - (later < earlier) for earlier, later in combinations(values, 2))
    n = len(values)
    ties = (values.count(value) for value in set(values))
    variance = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    if variance == 0 or score == 0:
        return 0.0
    return (score - math.copysign(1, score)) / math.sqrt(variance)


def judge(times, values, floor):
    """`floor`: growth that is none whatever the noise."""
    points = second_half(times, values) if times else []
    if len(points) < FEWEST_BLOCKS:
        return Verdict(False, 0.0, floor, 0.0, len(points))
    slope = theil_sen(points)
    start = median(value - slope * at for at, value in points)
    noise = DEVIATIONS * median(abs(value - slope * at - start) for at, value in points)
    growth, bound = slope * (points[-1][0] - points[0][0]), max(floor, NOISES * noise)
    z = mann_kendall_z([value for _, value in points])
    return Verdict(z > SIGNIFICANT_Z and growth > bound, growth, bound, z, len(points))
