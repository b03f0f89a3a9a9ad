# The program alone: as in docker-compose.yml it talks to a Kafka and a ClickHouse server.
# The embedded engine, 570 MB, is not in it, so demo and all do not run from this image.

FROM golang:1.26.8-trixie AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=unknown
RUN CGO_ENABLED=0 go build -trimpath -tags gosnmp_nodebug -ldflags "-s -w -X main.version=${VERSION}" -o /out/mimamori . && mkdir /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/mimamori /mimamori
# A volume that is mounted here belongs to the user below.
COPY --from=build --chown=65532:65532 /out/data /var/lib/mimamori
USER 65532:65532
ENTRYPOINT ["/mimamori"]
