#!/bin/busybox sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
# First program of a guest: the host's root (9p, read-only) and the unpacked packages under an
# overlay in memory, then agent.sh in there.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
for module in /modules/*; do
	insmod "$module" || exit 1
done
options=trans=virtio,version=9p2000.L,msize=262144,ro,cache=loose
mount -t 9p -o $options host /host || exit 1
mount -t 9p -o $options cache /cache || exit 1
mount -t tmpfs tmpfs /rw
mkdir /rw/upper /rw/work
mount -t overlay -o lowerdir=/cache:/host,upperdir=/rw/upper,workdir=/rw/work root /new || exit 1
mount --move /proc /new/proc
mount --move /sys /new/sys
mount -t tmpfs -o mode=755 run /new/run
mount -t devtmpfs dev /new/dev
mkdir -p /new/dev/pts /new/dev/shm /new/dev/hugepages /new/run/lock
mount -t devpts devpts /new/dev/pts
mount -t tmpfs shm /new/dev/shm
mount -t hugetlbfs huge /new/dev/hugepages
ifconfig lo up
cp /agent /bin/busybox /new/run
exec switch_root /new /run/busybox sh /run/agent
