#!/usr/bin/env bash
# Runs the published program against real kernel drivers in a VM: run.sh [SCENARIO...] (vivid, webcam, aloop; all by default).
# CAPTURE_HIL names the folder of a VM kit (see README.md); results go to $CAPTURE_HIL_OUT, by default artifacts/hil of the repository.
set -euo pipefail
cd "$(dirname "$0")/../.."
kit=${CAPTURE_HIL:?names no folder: set it to the folder of the VM kit, see tests/hil/README.md}
out=${CAPTURE_HIL_OUT:-$PWD/artifacts/hil}
mkdir -p "$out"
if [ -z "${CAPTURE_HIL_APP:-}" ]; then
  CAPTURE_HIL_APP=$out/app
  dotnet publish capture/Capture.Agent -c Release -r linux-x64 --self-contained false -o "$CAPTURE_HIL_APP" -v q --nologo
fi

# The emulated webcam sends these, and a white one for its flash.
frames() {
  [ -e "$1/frames/flash.jpg" ] && return
  mkdir -p "$1/frames"
  ffmpeg -loglevel error -y -f lavfi -i testsrc2=size=640x480:rate=15 -frames:v 30 -q:v 6 "$1/frames/%03d.jpg"
  ffmpeg -loglevel error -y -f lavfi -i color=white:size=640x480 -frames:v 1 -q:v 6 "$1/frames/flash.jpg"
}

failed=0
for scenario in "${@:-vivid webcam aloop}"; do
  for name in $scenario; do
    share=$out/$name
    rm -rf "$share"; mkdir -p "$share"
    frames "$share"
    echo "== $name"
    "$kit/run-in-vm.sh" --udev --app "$CAPTURE_HIL_APP" --ro "tests=$PWD/tests/hil" --share "$share" --timeout 900 "tests/hil/guest/$name.sh" || failed=1
    [ ! -e "$share/truth.jsonl" ] || node tests/hil/truth.mjs "$share"
  done
done
exit $failed
