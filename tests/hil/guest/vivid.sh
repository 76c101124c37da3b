# Three virtual cameras (vivid): raw formats, stamps at the start of exposure and at the end of the frame, frames dropped, the error flag, a fatal error, an unplugging.
set -u
. /hil/tests/guest/lib.sh
modprobe vivid n_devs=3 node_types=0x1,0x1,0x1 num_inputs=1,1,1 input_types=0x00,0x00,0x00 vid_cap_nr=10,11,12 no_error_inj=0 || exit 1
v4l2-ctl -d /dev/video11 -c timestamp_source=1
cat > rig.yaml <<'Y'
rig: vivid
episodes: ./episodes
streams:
  yuyv: {kind: camera, device: /dev/video10, format: yuyv, size: 320x180, fps: 30}
  rgb:  {kind: camera, device: /dev/video11, format: rgb24, size: 320x180, fps: 15, controls: {brightness: 100}}
  nv12: {kind: camera, device: /dev/video12, format: nv12, size: 320x180, fps: 15, latency_ms: {min: 0, max: 40}}
Y
step "devices"; capture devices --details
step "a camera that is not there, and a mode that is none"
sed 's/video10/video99/; s/320x180, fps: 15, controls/333x180, fps: 15, controls/' rig.yaml > wrong.yaml
capture check wrong.yaml --seconds 1; expect $? 3 "the wrong rig is refused"
step "check"; capture check rig.yaml --seconds 10; echo "exit $?"
step "record 40 s with faults"
capture record rig.yaml --seconds 40 --out episodes & r=$!
armed
note "drops 10 % on yuyv"; v4l2-ctl -d /dev/video10 -c percentage_of_dropped_buffers=10; sleep 6
v4l2-ctl -d /dev/video10 -c percentage_of_dropped_buffers=0
note "error flag on nv12"; v4l2-ctl -d /dev/video12 -c inject_v4l2_buf_flag_error=1; sleep 2
note "somebody changes the brightness of rgb"; v4l2-ctl -d /dev/video11 -c brightness=30; sleep 3; v4l2-ctl -d /dev/video11 -C brightness
note "fatal error on nv12"; v4l2-ctl -d /dev/video12 -c inject_fatal_streaming_error=1; sleep 6
note "rgb unplugged"; v4l2-ctl -d /dev/video11 -c disconnect=1
wait $r; expect $? 0 "recorded"
report; exit $failed
