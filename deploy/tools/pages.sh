#!/usr/bin/env bash
# Installs what the pages are looked at with, where it is missing: Chromium, and the
# packages that drive it and check accessibility, as services/dashboard/browser pins them.
set -euo pipefail
cd "$(dirname "$0")/../../services/dashboard/browser"

if ! command -v "${AMPARO_CHROMIUM:-chromium}" >/dev/null; then
  if ! command -v apt-get >/dev/null; then
    echo "missing: chromium; install it, or name another in AMPARO_CHROMIUM" >&2
    exit 1
  fi
  if [ "$(id -u)" -ne 0 ]; then
    echo "missing: chromium; run as root: apt-get install chromium" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends chromium >/dev/null
fi
[ -d node_modules/axe-core ] && [ -d node_modules/playwright-core ] && exit 0
npm ci --silent --no-audit --no-fund
