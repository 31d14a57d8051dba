#!/bin/busybox sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
# First program of a guest: the host's root (9p, read-only) and the unpacked packages under an
# overlay in memory, then agent.sh in there. With mcr.systemd on the kernel's command line systemd is
# process 1, and agent.sh its only service at first.
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
grep -qw mcr.systemd /new/proc/cmdline || exec switch_root /new /run/busybox sh /run/agent
# Generators make units for the host's devices and programs, which takes a minute.
mkdir -p /new/run/systemd/system /new/run/systemd/system-generators
for generator in /new/lib/systemd/system-generators/*; do
	ln -s /dev/null "/new/run/systemd/system-generators/${generator##*/}"
done
cat >/new/run/systemd/system/agent.target <<END
[Unit]
DefaultDependencies=no
Requires=agent.service
END
cat >/new/run/systemd/system/agent.service <<END
[Unit]
DefaultDependencies=no
[Service]
ExecStart=/run/busybox sh /run/agent
END
exec switch_root /new /lib/systemd/systemd --unit=agent.target
