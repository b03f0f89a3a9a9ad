"""A mail server on loopback, of Debian's python3-aiosmtpd, for the tests of this folder.

usage: server.py MAILDIR none|starttls|tls [CERTIFICATE KEY [USER PASSWORD]]

It prints its port. It takes mail for everybody but for gone@ (550) and for busy@, whom
it turns down (451) until MAILDIR.calm exists.
"""

import asyncio
import os
import ssl
import sys

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP, AuthResult


class Desk(Mailbox):
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone@"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("busy@") and not os.path.exists(sys.argv[1] + ".calm"):
            return "451 4.2.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"


async def main():
    maildir, security, *rest = sys.argv[1:]
    context = None
    if security != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(rest[0], rest[1])
    options = {}
    if len(rest) == 4:
        wanted = (rest[2].encode(), rest[3].encode())

        def admit(server, session, envelope, mechanism, data):
            return AuthResult(success=(data.login, data.password) == wanted, handled=False)

        options = {"authenticator": admit, "auth_required": True, "auth_require_tls": security == "starttls"}
    if security == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    handler = Desk(maildir)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, hostname="mail", **options), "127.0.0.1", 0, ssl=context if security == "tls" else None
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
