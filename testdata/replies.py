"""A mail server on loopback, of Debian's python3-aiosmtpd, that hands each mail on as an MTA's pipe does.

usage: replies.py COMMAND...

It prints its port. The command gets the mail on standard input, and its exit code is the
answer (sysexits.h): 0 is taken, 65 and 67 are sent back, 75 is to come again.
"""

import asyncio
import sys

from aiosmtpd.smtp import SMTP

ANSWERS = {0: "250 2.0.0 taken", 65: "554 5.6.0 ", 67: "550 5.1.1 ", 75: "451 4.3.0 "}


class Pipe:
    async def handle_DATA(self, server, session, envelope):
        child = await asyncio.create_subprocess_exec(
            *sys.argv[1:], stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        _, said = await child.communicate(envelope.content)
        answer = ANSWERS.get(child.returncode, "554 5.3.0 exit %d " % child.returncode)
        return answer if child.returncode == 0 else answer + " ".join(said.decode().split())[:400]


async def main():
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Pipe(), hostname="mail", data_size_limit=64 << 20), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
