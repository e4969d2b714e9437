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

# MicroShift applies its manifests after everything else: at first the deployment is not there.
deadline=$((SECONDS + wait_seconds))
while [ "$(ask get "$deployment" --output='jsonpath={.status.conditions[?(@.type=="Available")].status}' 2>&1)" != True ]; do
    if [ "$SECONDS" -ge "$deadline" ]; then
        say "the operator does not run after ${wait_seconds} s; see: $(basename "$client") describe pods -n $namespace" >&2
        exit 1
    fi
    sleep 2
done
say "the operator runs"

# For whoever reads the journal. A receiver that can't be reached is no failure of this boot.
ask get tcfg --output='jsonpath={range .items[*]}{.metadata.name}{": "}{range .status.conditions[?(@.type=="Ready")]}{.reason}{": "}{.message}{end}{"\n"}{end}' || true
