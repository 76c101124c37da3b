# A USB webcam with microphone under uvcvideo and snd-usb-audio: drift, frames left out, a stall, unplugged and back, another camera in its place.
set -u
. /hil/tests/guest/lib.sh
modprobe vhci-hcd && modprobe uvcvideo && modprobe snd-usb-audio || exit 1
camera() { exec chrt -f 50 python3 /hil/lib/usbemu.py --truth /tmp/truth.jsonl --ctl /tmp/emu.sock --fps 15 --audio-ppm 300 --frames /hil/share/frames "$@"; }
tell() { python3 -c "import socket,sys;socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM).sendto(sys.argv[1].encode(),'/tmp/emu.sock')" "$1"; }
camera & emu=$!
(sleep 1; for t in $(pgrep 'vhci_[rt]x'); do chrt -f -p 51 "$t"; done) &
for _ in $(seq 150); do [ -e /dev/video0 ] && [ -e /dev/snd/controlC0 ] && break; sleep 0.2; done; sleep 2
cat > rig.yaml <<'Y'
rig: webcam
episodes: ./episodes
streams:
  front: {kind: camera, device: "usb:1209:0001:HIL-CAM-1", fps: 15}
  room:  {kind: microphone, device: "usb:1209:0001:HIL-CAM-1", rate: 48000, channels: 1, latency_ms: {min: 0, max: 20}}
Y
step "devices"; capture devices --details
step "check"; capture check rig.yaml --seconds 8; echo "exit $?"
step "record 50 s with faults"
capture record rig.yaml --seconds 50 --out episodes & r=$!
armed
sleep 6
note "10 frames left out by the camera"; tell "drop 10"; sleep 5
note "the camera stalls for 1 s"; tell "stall 1"; sleep 6
note "unplugged for 3 s"; tell "unplug 3"
wait $r; expect $? 0 "recorded"
report
step "another camera in its place, same make, other serial number"
capture record rig.yaml --seconds 30 --out episodes2 2> swap.txt & r=$!
armed episodes2; kill $emu; wait $emu 2>/dev/null; sleep 1
camera --serial HIL-CAM-2 > /dev/null 2>&1 & emu=$!
wait $r; cat swap.txt | tail -12
grep -qE "another (camera|microphone) is plugged in" swap.txt; expect $? 0 "the swap is refused"
kill $emu
cp /tmp/truth.jsonl /hil/share/
exit $failed
