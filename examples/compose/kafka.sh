#!/bin/bash
# Starts the broker of docker-compose.yml. At the first start the volume is formatted, with
# the user that the roles of mimamori log in as.
set -euo pipefail

: "${KAFKA_PASSWORD:?is not set}"
kafka=${KAFKA_BIN:-/opt/kafka/bin}
properties=${KAFKA_PROPERTIES:-/etc/mimamori/kafka.properties}

"$kafka/kafka-storage.sh" format --ignore-formatted --cluster-id mimamoriAAAAAAAAAAAAAA \
  --config "$properties" --add-scram "SCRAM-SHA-512=[name=mimamori,password=$KAFKA_PASSWORD]"
unset KAFKA_PASSWORD
exec "$kafka/kafka-server-start.sh" "$properties"
