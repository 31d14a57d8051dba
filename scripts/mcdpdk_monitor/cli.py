# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The command line of mcdpdk-monitor."""

import argparse
import asyncio
import ipaddress
import json
import os
import signal
from urllib.parse import urlsplit

from aiohttp import web

from . import api, summary
from .monitor import Monitor, say
from .server import Server

DESCRIPTION = "Watch mcdpdk hubs: an hour of their history, metrics for Prometheus, and JSON. It changes nothing."
EXIT_STATUS = ("exit status of --once: 0 well, 1 a hub is degraded, 3 a hub is down, 4 permission denied, "
               "5 not an mcdpdk socket; else 1 cannot listen; 2 wrong usage")


class WrongUsage(Exception):
    pass


def listen_address(text):
    address, _, port = text.rpartition(":")
    address = address.strip("[]")
    try:
        if address != "localhost":
            ipaddress.ip_address(address)
        number = int(port)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected ADDRESS:PORT, found {text!r}") from None
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("the port is not between 0 and 65535")
    return address, number


def url(text):
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise argparse.ArgumentTypeError(f"expected http://HOST:PORT or https://..., found {text!r}")
    if parts.username or parts.password:
        raise argparse.ArgumentTypeError("a token comes from --token-file")
    return text


def at_least_one(text):
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a number, at least 1")
    return int(text)


def parser():
    main = argparse.ArgumentParser(prog="mcdpdk-monitor", description=DESCRIPTION, epilog=EXIT_STATUS)
    main.add_argument("--listen", metavar="ADDRESS:PORT", type=listen_address, default=("127.0.0.1", 9464),
                      help="where to serve (127.0.0.1:9464)")
    main.add_argument("--socket", metavar="PATH", action="append", default=[],
                      help="the telemetry socket of a hub; without it, all of this machine")
    main.add_argument("--hub", metavar="URL", action="append", type=url, default=[],
                      help="another monitor, whose hubs to watch too")
    main.add_argument("--token-file", metavar="FILE",
                      help="holds the token that readers have to bring, and that --hub is given")
    main.add_argument("--behind-proxy", action="store_true", help="who may read is the proxy's to decide")
    main.add_argument("--host", metavar="NAME", action="append", default=[],
                      help="a name under which readers find it, besides addresses and localhost")
    main.add_argument("--top", metavar="N", type=at_least_one, default=100,
                      help="groups and members with metrics of their own (100)")
    main.add_argument("--once", action="store_true", help="poll once, print a summary, and end")
    main.add_argument("--json", action="store_true", help="with --once: print JSON")
    return main


def parse(argv):
    main = parser()
    args = main.parse_args(argv)
    if args.json and not args.once:
        main.error("--json goes with --once; the running monitor has /api/")
    if not (is_loopback(args.listen[0]) or args.token_file or args.behind_proxy or args.once):
        main.error(f"--listen {args.listen[0]}: others could read it: give --token-file, or --behind-proxy if a proxy "
                   "checks who they are")
    return args


def is_loopback(address):
    return address == "localhost" or ipaddress.ip_address(address).is_loopback


def read_token(path):
    try:
        with open(path, encoding="ascii") as file:
            token = file.read().strip()
            mode = os.fstat(file.fileno()).st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(f"{path}: {getattr(error, 'strerror', None) or 'not ASCII'}") from None
    if len(token) < 16 or not token.isprintable() or " " in token:
        raise WrongUsage(f"{path}: expected one word of at least 16 characters")
    if mode & 0o004:
        raise WrongUsage(f"{path}: every user may read it: chmod o-r {path}")
    return token


async def once(monitor, as_json):
    await monitor.start()
    await monitor.poll_once()
    states = [hub.state for hub in monitor.hubs.values()]
    errors = [error for error in monitor.site_errors.values() if error]
    await monitor.close()
    if as_json:
        print(json.dumps({**api.hubs(states), "hubs": [api.hub(state) for state in states]}, indent=2))
    else:
        print("\n".join(summary.lines(states)))
    return max([state.exit_status() for state in states] + [error.exit_status for error in errors], default=0)


async def serve(monitor, server, address, port):
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await monitor.start()
    runner = web.AppRunner(server.application(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, address, port, shutdown_timeout=1)
    try:
        await site.start()
    except OSError as error:
        await monitor.close()
        await runner.cleanup()
        say(f"cannot listen on {address}:{port}: {os.strerror(error.errno) if error.errno else error}")
        return 1
    host, bound = runner.addresses[0][:2]
    say(f"serves http://{f'[{host}]' if ':' in host else host}:{bound}/")
    running = asyncio.create_task(monitor.run())
    stopped = asyncio.create_task(ended.wait())
    await asyncio.wait([running, stopped], return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        # A fault of ours: its traceback is worth more than a line.
        running.result()
    running.cancel()
    await runner.cleanup()
    await monitor.close()
    return 0


def main(argv=None):
    args = parse(argv)
    if args.once:
        # `| head` may end it. Readers of the server, which hang up as well, must not.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        token = read_token(args.token_file) if args.token_file else None
    except WrongUsage as error:
        say(error)
        return 2
    monitor = Monitor(args.socket, args.hub, token)
    try:
        if args.once:
            return asyncio.run(once(monitor, args.json))
        hosts = {name.rstrip(".").lower() for name in args.host}
        status = asyncio.run(serve(monitor, Server(monitor, token, hosts, args.top), *args.listen))
        # Python would await threads that wait for a hub.
        os._exit(status)
    except KeyboardInterrupt:
        return 130


