#!/usr/bin/env bash
# Installs Prometheus and Alertmanager, with promtool and amtool, where they are
# missing: the checks of rules and the tests of alerts run against the real ones.
set -euo pipefail

missing=()
for tool in prometheus promtool prometheus-alertmanager amtool; do
  command -v "$tool" >/dev/null || missing+=("$tool")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "missing: ${missing[*]}; install Prometheus and Alertmanager, and put these commands on the PATH" >&2
  exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "missing: ${missing[*]}; run as root: apt-get install prometheus prometheus-alertmanager" >&2
  exit 1
fi
# A package would start its service at once; only the programs are wanted here.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt-get update -qq
apt-get install -y -qq --no-install-recommends prometheus prometheus-alertmanager >/dev/null
