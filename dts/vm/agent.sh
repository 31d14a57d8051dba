#!/run/busybox sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
# Second program of a guest: runs the scripts that arrive on the second serial port.
# Request: "SECONDS BYTES\n" and the script. Answer: "STATUS BYTES\n" and its output.
# busybox, being static, starts several times faster than the host's shell, and prefers its own
# applets: only absolute paths are programs of the host.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb
# switch_root leaves the initramfs' path here; without it no module loads by itself.
echo /sbin/modprobe >/proc/sys/kernel/modprobe
# There is no udev: load the drivers of the NICs that were found at boot.
for device in /sys/bus/virtio/devices/* /sys/bus/pci/devices/*; do
	class=0x02
	[ -e "$device/class" ] && read -r class <"$device/class"
	case $class in 0x02*) read -r alias <"$device/modalias" && aliases="$aliases $alias" ;; esac
done
[ -n "$aliases" ] && /sbin/modprobe -qab $aliases
exec 3<>/dev/ttyS1
stty -F /dev/ttyS1 raw -echo
echo ready >&3
while read -r seconds bytes <&3; do
	head -c "$bytes" <&3 >/run/script
	/usr/bin/timeout -k 2 "$seconds" /bin/sh /run/script >/run/output 2>&1 </dev/null 3>&-
	echo "$? $(stat -c %s /run/output)" >&3
	cat /run/output >&3
done
