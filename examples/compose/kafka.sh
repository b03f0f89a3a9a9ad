#!/bin/bash
# Starts the broker of docker-compose.yml. At the first start the volume is formatted, with
# a user for each role that reaches Kafka. At each start the users are granted what
# docs/security.md lists for them, and nobody else anything; then the file says so that the
# health check looks for.
set -euo pipefail

kafka=${KAFKA_BIN:-/opt/kafka/bin}
properties=${KAFKA_PROPERTIES:-/etc/mimamori/kafka.properties}
internal=${KAFKA_INTERNAL:-localhost:9094} # the container's own listener, where all is allowed
granted=${KAFKA_GRANTED:-/tmp/granted}

users=()
for role in migrate process poll; do
  password=KAFKA_${role^^}_PASSWORD
  users+=(--add-scram "SCRAM-SHA-512=[name=mimamori_$role,password=${!password:?is not set}]")
  unset "$password"
done

allow() {
  KAFKA_HEAP_OPTS=-Xmx128m "$kafka/kafka-acls.sh" --bootstrap-server "$internal" --add \
    --allow-principal "User:mimamori_$1" "${@:2}" >/dev/null
}

grant() {
  until (: <"/dev/tcp/${internal/://}") 2>/dev/null; do sleep 0.2; done
  allow migrate --operation Create --operation Describe \
    --topic telemetry --topic logs --topic dead-letter
  allow poll --operation Describe --operation Write --topic telemetry --topic logs
  allow process --operation Describe --operation Write \
    --topic telemetry --topic logs --topic dead-letter
  allow process --operation Read --topic telemetry --topic logs --group processors
  touch "$granted"
}

rm -f "$granted"
"$kafka/kafka-storage.sh" format --ignore-formatted --cluster-id mimamoriAAAAAAAAAAAAAA \
  --config "$properties" "${users[@]}"
unset users
grant &
exec "$kafka/kafka-server-start.sh" "$properties"
