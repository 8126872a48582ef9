#!/bin/sh
# What an application does with the sidecar, in shell: read; on a miss load the value and store it under the lease that the
# miss handed out. The "database" is the clock, so that a log line shows how old the cached value is.
cache=http://127.0.0.1:8710/v1/regions/users/entries
turn=0
trap "exit 0" TERM

while true; do
  turn=$(((turn + 1) % 5))
  user="user:$turn"
  headers=$(mktemp)
  body=$(curl --silent --show-error --max-time 2 --dump-header "$headers" "$cache/$user")
  if grep -q '^HTTP/[0-9.]* 200' "$headers"; then
    echo "hit  $user $body"
  else
    lease=$(sed -n 's/\r$//; s/^[Ll]ease: //p' "$headers")
    value="{\"loaded\":\"$(date -u +%FT%TZ)\"}"
    if [ -n "$lease" ]; then
      status=$(curl --silent --show-error --max-time 2 --output /dev/null --write-out '%{http_code}' --request PUT \
        --header "Lease: $lease" --header 'Content-Type: application/json' --header 'Cache-Control: max-age=60' \
        --data "$value" "$cache/$user")
      echo "miss $user stored: $status"
    else
      echo "miss $user without a lease: $body"
    fi
  fi
  rm -f "$headers"
  sleep 1
done
