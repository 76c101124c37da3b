#!/usr/bin/env bash
# The whole path once: bench rig → capture record → capture verify → replay. Called by ./run demo with the built programs.
# Usage: demo.sh RIG_DLL CAPTURE_DLL BOARD REPLAY_DLL [--record-only] [--seconds N] [--out DIR] [--port N]
set -euo pipefail
rig_dll=$1 capture_dll=$2 board=$3 replay_dll=$4
shift 4

record_only=0 seconds=20 out=$PWD/recordings port=8300
while [ $# -gt 0 ]; do
  case $1 in
    --record-only) record_only=1; shift ;;
    --seconds) seconds=${2:?--seconds wants a number}; shift 2 ;;
    --out) out=${2:?--out wants a folder}; shift 2 ;;
    --port) port=${2:?--port wants a number}; shift 2 ;;
    *) printf 'demo: unknown option %s\n' "$1" >&2; exit 2 ;;
  esac
done

mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
rig_pid=''
stop() {
  trap - EXIT INT TERM
  if [ -n "$rig_pid" ]; then
    kill -TERM "$rig_pid" 2>/dev/null || true
    wait "$rig_pid" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

printf 'Starting the bench rig: two cameras, a microphone, mocap, a board and two arms, each with its own clock.\n'
dotnet "$rig_dll" --seed 1 --out "$work/rig" --board "$board" >"$work/rig.log" 2>&1 &
rig_pid=$!
for _ in $(seq 300); do
  grep -q '^ready ' "$work/rig.log" && break
  kill -0 "$rig_pid" 2>/dev/null || { cat "$work/rig.log" >&2; printf 'demo: the bench rig did not start\n' >&2; exit 3; }
  sleep 0.1
done
grep -q '^ready ' "$work/rig.log" || { printf 'demo: the bench rig was not ready within 30 s\n' >&2; exit 3; }
rig=$(sed -n 's/^ready //p' "$work/rig.log" | head -1)

export ALSA_CONFIG_PATH=$work/rig/asound.conf
printf 'Recording %s s into %s\n' "$seconds" "$out"
status=0
dotnet "$capture_dll" record "$rig" --seconds "$seconds" --out "$out" || status=$?
[ $status -le 1 ] || exit $status
episode=$(ls -dt "$out"/*.episode | head -1)

printf '\nVerifying %s\n' "$episode"
verdict=0
dotnet "$capture_dll" verify "$episode" || verdict=$?
kill -TERM "$rig_pid" 2>/dev/null || true
wait "$rig_pid" 2>/dev/null || true
rig_pid=''
if [ $record_only -eq 1 ]; then
  printf 'Episode: %s\n' "$episode"
  exit $verdict
fi

printf '\nOpen the address below. Space plays, left and right step a frame, I and O mark an action, ? shows all keys. Ctrl+C here ends.\n'
dotnet "$replay_dll" serve "$out" --port "$port"
