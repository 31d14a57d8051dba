# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The files of the live page, which hold no data: anybody may have them."""

import hashlib
import os

from aiohttp import web

FOLDER = os.path.join(os.path.dirname(os.path.realpath(__file__)), "page")
TYPES = {".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript",
         ".svg": "image/svg+xml", ".txt": "text/plain"}
INDEX = "index.html"
# A browser asks each time whether its copy is still right: after an upgrade no old module meets a new one.
HEADERS = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}


class Page:
    def __init__(self, folder=FOLDER):
        self.files = dict(find(folder))

    async def index(self, request):
        return self.answer(request, INDEX)

    async def file(self, request):
        return self.answer(request, request.match_info["name"])

    async def icon(self, request):
        """Browsers ask for it where a page names none."""
        return web.Response(status=204)

    def answer(self, request, name):
        try:
            with open(self.files[name], "rb") as file:
                body = file.read()
        except (KeyError, OSError):
            raise web.HTTPNotFound() from None
        tag = hashlib.sha256(body).hexdigest()[:32]
        # Weak: the same for each compression.
        headers = {**HEADERS, "ETag": f'W/"{tag}"'}
        if any(known.value in (tag, "*") for known in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        answer = web.Response(body=body, headers=headers, content_type=TYPES[extension(name)], charset="utf-8")
        answer.enable_compression()
        return answer


def find(folder):
    """(name, path) of each file that is served. Who asks for another name, as ../../etc/passwd, finds nothing."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in ("test", "__pycache__")]
        for name in names:
            path = os.path.join(place, name)
            if extension(name) in TYPES and not os.path.islink(path):
                yield os.path.relpath(path, folder), path


def extension(name):
    return os.path.splitext(name)[1]
