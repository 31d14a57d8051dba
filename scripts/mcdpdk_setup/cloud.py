# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Which cloud this machine runs in, by DMI, and what follows from it."""

from dataclasses import dataclass

DMI = "sys/class/dmi/id/"
AZURE_CHASSIS = "7783-7084-3265-9085-8269-3286-77"


@dataclass(frozen=True)
class Cloud:
    """router: the subnet's router, as the index of its address in the subnet; None: no rule.
    one_mac: every ARP request is answered with the router's MAC."""

    name: str
    field: str = ""
    begins: str = ""
    router: int | None = None
    one_mac: bool = False
    advice: str = ""


SOURCE_CHECK = "switch off the source/destination check of this NIC"
# The first that matches. cloud-init's tools/ds-identify knows the same fields.
CLOUDS = [
    Cloud("AWS", "sys_vendor", "Amazon EC2", 1, advice=SOURCE_CHECK),
    Cloud("Azure", "chassis_asset_tag", AZURE_CHASSIS, 1, True, "switch on IP forwarding of this NIC; Azure passes no "
          "GRE: use gre-udp or vxlan"),
    Cloud("GCP", "product_name", "Google Compute Engine", 1, advice="the instance needs can-ip-forward"),
    Cloud("IBM Cloud", "chassis_vendor", "IBM:Cloud Compute Server", 1, advice="allow IP spoofing on this NIC"),
    Cloud("OCI", "chassis_asset_tag", "OracleCloud.com", 1, advice=SOURCE_CHECK),
    Cloud("Alibaba Cloud", "product_name", "Alibaba Cloud ECS", -3),
    Cloud("OpenStack", "product_name", "OpenStack", advice="allow all address pairs on this NIC's port"),
]


def find_cloud(system):
    known = next((cloud for cloud in CLOUDS if system.word(DMI + cloud.field).startswith(cloud.begins)), None)
    return known or Cloud(" ".join(filter(None, (system.word(DMI + "sys_vendor"), system.word(DMI + "product_name"))))
                          or "unknown")


def router_of(cloud, network):
    """The router's address by the rule of the cloud; None without a rule, or in a network that has no room."""
    if cloud.router is None or network.num_addresses < 8:
        return None
    return network[cloud.router if cloud.router > 0 else network.num_addresses + cloud.router]
