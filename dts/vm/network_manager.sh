# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
# Start NetworkManager in a guest. The host's own settings and profiles stay out of it, and eth0 is
# left to the test: it stands for what the cloud's DHCP has set up.
set -e
rm -rf /etc/NetworkManager
mkdir -p /etc/NetworkManager/system-connections /var/lib/NetworkManager /run/dbus
cat >/etc/NetworkManager/NetworkManager.conf <<END
[main]
plugins=keyfile
auth-polkit=false
no-auto-default=*
[keyfile]
unmanaged-devices=interface-name:eth*
END
# The package's script would have made the user.
getent passwd messagebus || echo messagebus:x:100:65534::/nonexistent:/usr/sbin/nologin >>/etc/passwd
# It stays when NetworkManager is stopped.
pidof dbus-daemon || dbus-daemon --system --fork
NetworkManager
until nmcli general; do sleep 0.2; done
