# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A plug-in of DPDK's dpdk-telemetry-exporter.py (24.07 and later), for who has that and no mcdpdk-monitor.

The exporter calls info() and metrics(), and names what it exports dpdk_mcdpdk_... It finds the plug-in in
/usr/share/dpdk/telemetry-endpoints, or by --load-path. One hub for each exporter, by its --socket-path.
"""

COUNTERS = {
    "rx_packets": "Packets received",
    "rx_bytes": "Bytes received",
    "data_packets": "Multicast and broadcast packets accepted for replication",
    "control_packets": "Packets for the hub itself",
    "rx_coalesced": "Packets beyond the first of a received frame",
    "rx_drop_packets": "Received packets that were dropped",
    "copies": "Copies, one for each receiver of a packet",
    "copy_drops": "Copies that were dropped",
    "tx_data_packets": "Frames sent with copies",
    "tx_data_bytes": "Bytes sent with copies",
    "tx_coalesced": "Copies that left in the frame of another",
    "tx_control_packets": "Frames of the hub itself that were sent",
}
PORT_COUNTERS = {
    "rx_missed": "Received packets that were lost before the hub could read them",
    "link_changes": "Changes of the link",
    "resets": "Resets of the device",
    "stalled": "How often the port took or gave no frames for two seconds",
}
OTHERS = {
    "up": ("Whether the hub answers", "gauge"),
    "ready": ("Whether the hub serves packets", "gauge"),
    "uptime_seconds": ("Time since the hub started", "gauge"),
    "members": ("Members, declared or admitted", "gauge"),
    "groups": ("Group entries", "gauge"),
    "members_unresolved": ("Members that cannot be reached", "gauge"),
    "degraded": ("Whether something is wrong, by /mcdpdk/health", "gauge"),
    "drops_total": ("Packets and copies dropped, by reason", "counter"),
    "port_link": ("Whether the port has a link", "gauge"),
    "lcore_busy_ratio": ("Share of time in which the lcore has work", "gauge"),
    "control_busy_seconds_total": ("Time of the control lcore that a class of work took", "counter"),
}


def info():
    return {
        **{f"{name}_total": (text, "counter") for name, text in COUNTERS.items()},
        **{f"port_{name}_total": (text, "counter") for name, text in PORT_COUNTERS.items()},
        **OTHERS,
    }


def metrics(sock):
    about = sock.cmd("/mcdpdk/info")
    # Another DPDK program knows no such command, and a hub that ends refuses it.
    if not isinstance(about, dict) or "error" in about:
        return [("up", 0, {})]
    health, stats = sock.cmd("/mcdpdk/health"), sock.cmd("/mcdpdk/stats")
    found = [
        ("up", 1, {}),
        ("ready", about["ready"], {}),
        ("uptime_seconds", about["uptime_s"], {}),
        ("members", about["members"], {}),
        ("groups", about["groups"], {}),
        ("members_unresolved", health["members_unresolved"], {}),
        ("degraded", int(health["state"] != "well"), {}),
    ]
    found += [(f"{name}_total", stats[name], {}) for name in COUNTERS if name in stats]
    found += [("drops_total", count, {"reason": reason}) for reason, count in sock.cmd("/mcdpdk/drops").items()]
    for port in sock.cmd("/mcdpdk/ports").values():
        found.append(("port_link", port["link"], {"port": port["name"]}))
        found += [(f"port_{name}_total", port[name], {"port": port["name"]}) for name in PORT_COUNTERS if name in port]
    for lcore in sock.cmd("/mcdpdk/lcores").values():
        found.append(("lcore_busy_ratio", lcore["busy_percent"] / 100,
                      {"lcore": lcore["lcore"], "role": lcore["role"]}))
    for name, share in sock.cmd("/mcdpdk/control").items():
        if isinstance(share, dict):
            found.append(("control_busy_seconds_total", share["busy_us"] / 1e6, {"class": name}))
    return found
