# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Two hubs are one multicast router, and share their members: each serves some of them.

    subnet 10.1.0.0/24                               subnet 10.2.0.0/24

    hub east 10.1.0.10 --+                      +-- nara-1 nara-2   by VXLAN
    hub west 10.1.0.20 --+-- switch -- router --+
    kyoto-1 kyoto-2    --+
    sender             --+   sends to 239.2.0.1 by hub east; all others receive

    etcd and the two agents, mcdpdk-domain, on a network of their own

The switches drop multicast, and no packet of the stream passes etcd or an agent.
"""

import sys
import time

from domain_shared import SharedDomain, SharedMember
from domain_streams import Streams
from waiting import await_condition

HUBS = ("east", "west")
GROUP, RATE = "239.2.0.1", 1000
RECEIVERS = {"kyoto-1": ("l2", 101), "kyoto-2": ("l2", 102), "nara-1": ("vxlan", 111), "nara-2": ("vxlan", 112)}


def say(text):
    print(text, flush=True)


def command(domain, hub, *words):
    """Run mcdpdkctl on a hub and show what it prints."""
    say(f"\n$ mcdpdkctl {' '.join(words)}        on hub {hub}\n")
    done = domain.hubs[hub].ctl(*words)
    say("\n".join(f"  {line}" for line in (done.stdout + done.stderr).splitlines()) + "\n")
    return done.returncode == 0


class Show:
    """What the receivers have lost and had twice since the start, and whether that is what the demo promises."""

    def __init__(self, domain, streams):
        self.domain, self.streams, self.window = domain, streams, streams.window("west")
        self.is_well = True

    def lost(self):
        """Packets, by the receivers that miss some of this window."""
        lost = {member: sum(end - begin + 1 for begin, end in ranges)
                for (member, _), ranges in self.window.lost().items()}
        self.window = self.streams.window("west")
        return lost

    def duplicates(self):
        return sum(found["duplicates"] for member in self.streams.receivers
                   for found in self.streams.report(member).values())

    def say(self, what, allowed=()):
        """That it happened while the stream ran on. Only these members may have lost anything."""
        self.streams.await_more()
        sent, lost, twice = self.streams.sent("sender"), self.lost(), self.duplicates()
        say(f"{what}: {sent} packets so far, {twice} of them twice anywhere, "
            f"{', '.join(f'{count} lost by {member}' for member, count in lost.items()) or 'none lost'}")
        self.is_well = self.is_well and not twice and set(lost) <= set(allowed)


def servers(domain):
    return {name: domain.server(name, "east") for name in RECEIVERS}


def served(domain, hub):
    return [name for name, server in servers(domain).items() if server == hub]


def kill_agents(domain):
    for agent in domain.agents.values():
        agent.kill()
        agent.start()
    domain.await_up()


def stop_etcd(domain):
    domain.etcd.stop()
    for agent in domain.agents.values():
        await_condition(lambda: not agent.is_connected(), "the agents miss etcd")


def drain(domain, show):
    """As before an upgrade: west hands its members over, is stopped, and starts again."""
    west = domain.hubs["west"]
    show.is_well = command(domain, "west", "drain", "--timeout", "60") and show.is_well
    show.say("hub west has handed its members over to hub east")
    west.stop()
    west.telemetry.close()
    domain.await_state("east", "west", "down")
    show.say("hub west has stopped")
    domain.restart_hub("west")
    domain.await_up()
    domain.await_settled()
    show.say("hub west has started again and taken its members back")
    command(domain, "west", "peers")


def kill(domain, show):
    orphans = served(domain, "west")
    begun, hello = time.monotonic(), domain.hubs["east"].telemetry.ask("/mcdpdk/domain")
    domain.kill_hub("west")
    await_condition(lambda: not served(domain, "west"), "east serves all members")
    say(f"hub west was killed: after {(time.monotonic() - begun) * 1000:.0f} ms hub east serves its members, as it "
        f"missed {hello['hello_multiplier']} hellos of {hello['hello_ms']} ms (by default it is 3 of 50 ms)")
    show.say("hub west is dead", orphans)
    domain.restart_hub("west")
    domain.await_up()
    domain.await_settled()
    show.say("hub west is back and has its members again")


def main():
    say(__doc__)
    with SharedDomain(HUBS) as domain:
        domain.etcd.start()
        sender = SharedMember(domain, "sender", "l2", 100)
        receivers = [SharedMember(domain, name, *kind) for name, kind in RECEIVERS.items()]
        for name in HUBS:
            domain.start(name, domain.configuration(name, [sender, *receivers],
                                                    [{"group": GROUP, "members": list(RECEIVERS)}]))
        for hub in domain.hubs.values():
            hub.await_resolved()
        domain.await_up()
        domain.await_settled()
        sender.use("east")
        streams = Streams(domain, [sender], receivers, GROUP, RATE)
        domain.await_server(sender, "east")
        streams.await_more()
        command(domain, "east", "peers")
        for hub in HUBS:
            say(f"hub {hub} serves {', '.join(served(domain, hub)) or 'nobody'}")
        say(f"sender sends {RATE} packets a second to {GROUP}\n")
        show = Show(domain, streams)
        show.say("both hubs serve")
        kill_agents(domain)
        show.say("both agents were killed and started again")
        stop_etcd(domain)
        show.say("etcd is gone")
        domain.etcd.start()
        domain.await_up()
        show.say("etcd is back")
        drain(domain, show)
        kill(domain, show)
        streams.close()
        domain.settled()
        domain.stop()
    say("\nonly the killed hub cost packets" if show.is_well else "\nFAILED")
    return 0 if show.is_well else 1


if __name__ == "__main__":
    sys.exit(main())
