"""A camera or a microphone as a process of its own, for ./run bench sources. Keeps its own pace and drops what nobody takes in time, as devices do.

device.py camera PORT FOLDER FPS        MJPEG over HTTP, one client after the other: the JPEG files of FOLDER in turn
device.py microphone FIFO RATE CHANNELS noise of 16 bits, 10 ms at a time
"""
import os
import random
import select
import socket
import sys
import time


def ticks(period_s):
    """Sleeps until each tick; after a stall it goes on from where it should be by now."""
    begun, n = time.monotonic(), 0
    while True:
        n = max(n + 1, int((time.monotonic() - begun) / period_s))
        time.sleep(max(0, begun + n * period_s - time.monotonic()))
        yield n


def camera(port, folder, fps):
    pictures = [open(os.path.join(folder, name), 'rb').read() for name in sorted(os.listdir(folder))]
    parts = [b'--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n' % (len(p), p) for p in pictures]
    with socket.create_server(('127.0.0.1', port)) as server:
        while True:
            client, _ = server.accept()
            with client:
                client.recv(65536)
                client.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n')
                client.setblocking(False)
                rest = memoryview(b'')
                try:
                    for n in ticks(1 / fps):
                        if not rest:
                            rest = memoryview(parts[n % len(parts)])
                        until = time.monotonic() + 0.8 / fps
                        while rest and time.monotonic() < until:
                            if select.select([], [client], [], max(0, until - time.monotonic()))[1]:
                                rest = rest[client.send(rest):]
                except OSError:
                    pass


def microphone(fifo, rate, channels):
    noise = random.Random(1).randbytes(rate * channels * 2)
    # Quiet: the upper byte of each sample is 0 or -1, next to it 7 bits of noise.
    samples = bytearray(noise)
    for i in range(1, len(samples), 2):
        samples[i] = 0 if samples[i] < 128 else 255
    size = rate // 100 * channels * 2
    out = os.open(fifo, os.O_WRONLY)
    os.set_blocking(out, False)
    for n in ticks(0.01):
        at = n % 100 * size
        try:
            os.write(out, samples[at:at + size])
        except BlockingIOError:
            pass
        except BrokenPipeError:
            return


if sys.argv[1] == 'camera':
    camera(int(sys.argv[2]), sys.argv[3], float(sys.argv[4]))
else:
    microphone(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
