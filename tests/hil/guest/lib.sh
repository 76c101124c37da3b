# Sourced by the scenarios.
failed=0
capture() { dotnet /hil/app/capture.dll "$@"; }
step() { echo "-- $*"; }
note() { echo "   $(cut -d' ' -f1 /proc/uptime) s: $*"; }
expect() { if [ "$1" -eq "$2" ]; then echo "ok   $3"; else echo "FAIL $3: exit $1, expected $2"; failed=1; fi; }
# Waits until the recorder has begun an episode, and two seconds more: .NET compiles its first frames slowly here.
armed() { for _ in $(seq 300); do ls -d "${1:-episodes}"/*.episode/streams >/dev/null 2>&1 && break; sleep 0.2; done; sleep 3; }
report() {
  for e in "${1:-episodes}"/*.episode; do
    step "verify"; capture verify "$e" --pictures; expect $? 0 "verified"
    step "info"; capture info "$e"
    capture info "$e" --json > "$e.json"
  done
}
