#!/usr/bin/env bash
# Makes the secrets that docker-compose.yml asks for, in deploy/secrets, each
# once. Nothing has a default password. The folder is closed to others; the files
# in it are readable so that each container's own user can read what is mounted.
set -euo pipefail
cd "$(dirname "$0")/../secrets"
chmod 0700 .

random() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
once() { # once NAME TEXT
  [ -e "$1" ] || { printf '%s\n' "$2" >"$1"; chmod 0444 "$1"; }
}

once nats_token "$(random)"
once clickhouse_password "$(random)"
once grafana_password "$(random)"
once nats_auth "token: \"$(cat nats_token)\""
hash=$(printf %s "$(cat clickhouse_password)" | sha256sum | cut -d' ' -f1)
once clickhouse_users.xml "<clickhouse>
  <users>
    <default remove=\"remove\"/>
    <amparo>
      <password_sha256_hex>$hash</password_sha256_hex>
      <networks><ip>::/0</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants><query>GRANT ALL ON amparo.*</query><query>GRANT SELECT ON system.*</query></grants>
    </amparo>
  </users>
</clickhouse>"
once amparo.yaml "nats: nats://nats:4222
nats-token-file: /run/secrets/nats_token
clickhouse: clickhouse://amparo:$(cat clickhouse_password)@clickhouse:9000/default
log-format: json"

for name in smtp_password watchdog_token; do
  [ -e "$name" ] || echo "still missing: put it into deploy/secrets/$name (Alertmanager needs it)" >&2
done
