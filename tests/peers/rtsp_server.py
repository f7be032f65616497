"""GStreamer's RTSP server, as an independent camera: rtsp_server.py PORT FILE.mkv [USER PASSWORD] [CERTIFICATE.pem].

Run by Debian's own Python, whose gi knows GStreamer. The file (H.264 in Matroska) is played to each client from its
beginning; `ready` is printed when the server listens.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtspServer  # noqa: E402 - after the versions


def guarded(server, factory, user, password):
    """Ask for a password, by Digest (or Basic if the password begins so)."""
    auth = GstRtspServer.RTSPAuth()
    role = GstRtspServer.RTSPToken()
    role.set_string("media.factory.role", "user")
    if password.startswith("basic"):
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), role)
    else:
        auth.set_supported_methods(2)  # GST_RTSP_AUTH_DIGEST
        auth.add_digest(user, password, role)
    for permission in ("media.factory.access", "media.factory.construct"):
        factory.add_role_from_structure(permitted(permission))
    server.set_auth(auth)
    return auth


def permitted(_permission):
    role = Gst.Structure.new_empty("user")
    role.set_value("media.factory.access", True)
    role.set_value("media.factory.construct", True)
    return role


def main(port, file, user="", password="", certificate=""):
    Gst.init(None)
    server = GstRtspServer.RTSPServer(service=port, address="127.0.0.1")
    factory = GstRtspServer.RTSPMediaFactory(shared=False)
    factory.set_launch(
        f'( filesrc location="{file}" ! matroskademux ! rtph264pay name=pay0 pt=96 config-interval=1 )'
    )
    auth = guarded(server, factory, user, password) if user else None
    if certificate:
        auth = auth or GstRtspServer.RTSPAuth()
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(certificate))
        server.set_auth(auth)
    server.get_mount_points().add_factory("/line", factory)
    server.attach(None)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(*sys.argv[1:])
