# click.py FILE SECONDS: stereo 48 kHz, sample n carries (n mod 65536) on the right, a click at every whole second on the left.
import struct, sys, wave
w = wave.open(sys.argv[1], 'wb'); w.setnchannels(2); w.setsampwidth(2); w.setframerate(48000)
for s in range(int(sys.argv[2])):
    w.writeframes(b''.join(struct.pack('<hH', 30000 if i < 48 else 0, (s * 48000 + i) & 0xffff) for i in range(48000)))
