# A virtual sound card (snd-aloop): what is played is recorded, with the card's rate shifted by a known amount.
set -u
. /hil/tests/guest/lib.sh
modprobe snd-aloop pcm_substreams=1 || exit 1
modprobe vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0x00 vid_cap_nr=10 || exit 1
python3 /hil/tests/guest/click.py /tmp/sig.wav 120
cat > rig.yaml <<'Y'
rig: loop
episodes: ./episodes
streams:
  room: {kind: microphone, device: "hw:CARD=Loopback,DEV=1", rate: 48000, channels: 2, sample: s16, latency_ms: {min: 0, max: 20}}
  eye:  {kind: camera, device: /dev/video10, format: yuyv, size: 320x180, fps: 15}
Y
step "devices"; capture devices
for ppm in 0 1000 -500; do
  # 100,000 + n makes the card n × 10 ppm slow.
  amixer -q -c Loopback cset "iface=PCM,name='PCM Rate Shift 100000',device=1,subdevice=0" $((100000 + ppm / 10))
  aplay -q --buffer-time=800000 -D hw:Loopback,0,0 /tmp/sig.wav & a=$!
  sleep 1
  step "record 40 s, rate shift $ppm ppm"
  capture record rig.yaml --seconds 40 --out "episodes$ppm"; expect $? 0 "recorded"
  kill $a; wait $a 2>/dev/null
  report "episodes$ppm"
done
exit $failed
