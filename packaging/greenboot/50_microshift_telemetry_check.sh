#!/bin/bash
# Greenboot: does the telemetry operator run after this boot? It stands in wanted.d, so a failure is
# a warning in the journal and the message of the day: telemetry never rolls a device back.
set -eu -o pipefail

kubeconfig=${KUBECONFIG:-/var/lib/microshift/resources/kubeadmin/kubeconfig}
wait_seconds=${MICROSHIFT_TELEMETRY_WAIT_SECONDS:-300}
namespace=microshift-telemetry
deployment=deployment/microshift-telemetry

say() { echo "microshift-telemetry: $*"; }

if ! systemctl is-enabled --quiet microshift.service; then
    say "MicroShift is not enabled, nothing to check"
    exit 0
fi

if ! client=$(command -v oc || command -v kubectl); then
    say "neither oc nor kubectl is installed, can't check" >&2
    exit 1
fi
ask() { "$client" --kubeconfig="$kubeconfig" --namespace="$namespace" --request-timeout=10s "$@"; }

# When this boot began, in seconds since 1970. Where the clock was set since, its beginning as it was
# written down then and as it is counted back from now are two: no container began before the earlier.
boot_time() {
    local written_down
    written_down=$(systemctl show --property=UserspaceTimestamp --value --timestamp=unix 2>/dev/null) || true
    { date --date="${written_down:-now}" +%s || true
        sed -n 's/^btime //p' /proc/stat; } 2>/dev/null | sort --numeric-sort | head -1
}
is_available() {
    [ "$(ask get "$deployment" --output='jsonpath={.status.conditions[?(@.type=="Available")].status}' 2>&1)" = True ]
}
# What is stored of before this boot still says that all is well, until the kubelet has looked.
has_started() {
    local since each
    since=$(boot_time)
    for each in $(ask get pods --output='jsonpath={.items[*].status.containerStatuses[?(@.name=="operator")].state.running.startedAt}' 2>/dev/null); do
        if [ "$(date --date="$each" +%s)" -ge "$since" ]; then return 0; fi
    done
    return 1
}

# MicroShift applies its manifests after everything else: at first the deployment is not there.
deadline=$((SECONDS + wait_seconds))
until is_available && has_started; do
    if [ "$SECONDS" -ge "$deadline" ]; then
        say "the operator does not run after ${wait_seconds} s; see: $(basename "$client") describe pods -n $namespace" >&2
        exit 1
    fi
    sleep 2
done
say "the operator runs"

# For whoever reads the journal. A receiver that can't be reached is no failure of this boot.
ask get tcfg --output='jsonpath={range .items[*]}{.metadata.name}{": "}{range .status.conditions[?(@.type=="Ready")]}{.reason}{": "}{.message}{end}{"\n"}{end}' || true
