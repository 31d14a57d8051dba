# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Two hubs are one multicast router: a member of one sends, a member of the other receives.

    subnet 10.1.0.0/24                               subnet 10.2.0.0/24

    hub east   10.1.0.10 --+                      +-- hub west   10.2.0.10
    east-l2    10.1.0.11 --+-- switch -- router --+-- west-vxlan 10.2.0.12
    sends to 239.2.0.1                                joins 239.2.0.1 by IGMP

    three nodes of etcd and the two agents, mcdpdk-domain, on a network of their own

The switches drop multicast, and no packet of the stream passes etcd or an agent.
"""

import sys
import time

from domain import Domain
from domain_members import Member, Stream, StreamReceiver
from waiting import await_condition

GROUP, RATE = "239.2.0.1", 2000


def say(text):
    print(text, flush=True)


def show(domain):
    print("\n$ mcdpdkctl peers        on hub east\n")
    print("\n".join(f"  {line}" for line in domain.hubs["east"].ctl("peers").stdout.splitlines()))


def without_loss(what, receiver):
    """That it happened while the stream ran on."""
    receiver.await_more()
    report = receiver.report()
    say(f"{what}: {report['received']} packets received so far, {report['lost']} lost")
    return report["lost"] == report["duplicates"] == 0


def kill_agent(domain):
    agent = domain.agents["east"]
    agent.kill()
    agent.start()
    agent.await_connected()


def stop_etcd(domain):
    domain.etcd.stop()
    for agent in domain.agents.values():
        await_condition(lambda: not agent.is_connected(), "the agents miss etcd")
    show(domain)


def kill_hub(domain, receiver):
    """The one that the sender's packets go to. Nothing arrives until it is back."""
    begun, hello = time.monotonic(), domain.hubs["west"].telemetry.ask("/mcdpdk/domain")
    domain.kill_hub("east")
    domain.await_state("west", "east", "down")
    say(f"hub east was killed: hub west knew after {(time.monotonic() - begun) * 1000:.0f} ms, as it missed "
        f"{hello['hello_multiplier']} hellos of {hello['hello_ms']} ms (by default it is 3 of 50 ms)")
    domain.restart_hub("east")
    domain.await_up()
    receiver.await_more()
    report = receiver.report()
    say(f"hub east is back, and nobody had to join again: longest gap {report['longest_gap_s']} s, "
        f"{report['lost']} packets lost")


def main():
    say(__doc__)
    with Domain(("east", "west")) as domain:
        domain.etcd.start()
        sender, member = Member(domain, "east", "l2"), Member(domain, "west", "vxlan")
        for name, own in (("east", sender), ("west", member)):
            domain.start(name, domain.configuration(name, [own.declaration()]))
        for hub in domain.hubs.values():
            hub.await_resolved()
        domain.await_up()
        stream, receiver = Stream(sender, GROUP, RATE), StreamReceiver(member, GROUP)
        receiver.await_last(0)
        show(domain)
        say(f"\neast-l2 sends {RATE} packets a second to {GROUP}, and west-vxlan has joined\n")
        well = without_loss("both hubs serve", receiver)
        kill_agent(domain)
        well = without_loss("the agent of hub east was killed and started again", receiver) and well
        stop_etcd(domain)
        well = without_loss("\netcd is gone", receiver) and well
        domain.etcd.start()
        domain.await_up()
        well = without_loss("etcd is back", receiver) and well
        kill_hub(domain, receiver)
        well = receiver.report()["duplicates"] == 0 and well
        stream.stop()
        receiver.close()
        domain.settled()
        domain.stop()
    say("\nonly the killed hub cost packets" if well else "\nFAILED")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
