"""A network camera for the tests: GStreamer's RTSP server over a live test picture, H.264.

Prints "ready PORT", then one line for each picture that it sends: its RTP time, and when it was taken by CLOCK_MONOTONIC, ns.
"""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

port, user, password, digest = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4] == "digest"
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_service(port)
server.set_address("127.0.0.1")
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=320,height=240,framerate=30/1 "
    "! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 ! rtph264pay name=pay0 pt=96 )")
factory.set_shared(True)
if user:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    if digest:
        auth.set_supported_methods(2)
        auth.add_digest(user, password, token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    factory.add_role_from_structure(Gst.Structure.from_string(
        "user, media.factory.access=(boolean)true, media.factory.construct=(boolean)true")[0])


def report_capture_time(media):
    """Reports speak of the instant of capture, as cameras' do; GStreamer's default is the instant of sending."""
    iterator = media.get_element().get_parent().iterate_elements()
    while True:
        result, element = iterator.next()
        if result != Gst.IteratorResult.OK:
            return
        if element.get_factory().get_name() == "rtpbin":
            element.set_property("rtcp-sync-send-time", False)


def configure(_factory, media):
    media.connect("prepared", report_capture_time)
    payloader = media.get_element().get_by_name("pay0")
    last = [None]

    def note(packet):
        head = packet.extract_dup(0, 8)
        time = int.from_bytes(head[4:8], "big")
        if time != last[0]:
            last[0] = time
            # Encoders shift their stamps; the segment takes that back.
            segment = payloader.get_static_pad("src").get_sticky_event(Gst.EventType.SEGMENT, 0).parse_segment()
            print(time, payloader.get_base_time() + segment.to_running_time(Gst.Format.TIME, packet.pts), flush=True)

    def probe(_pad, info):
        if info.type & Gst.PadProbeType.BUFFER_LIST:
            packets = info.get_buffer_list()
            for i in range(packets.length()):
                note(packets.get(i))
        else:
            note(info.get_buffer())
        return Gst.PadProbeReturn.OK

    payloader.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST, probe)


factory.connect("media-configure", configure)
server.get_mount_points().add_factory("/live", factory)
if server.attach(None) == 0:
    sys.exit("the port is taken")
print("ready", server.get_bound_port(), flush=True)
GLib.MainLoop().run()
