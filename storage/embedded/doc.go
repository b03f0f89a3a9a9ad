// Package embedded runs ClickHouse without a server: the engine's library is loaded by
// a child process of the program's own binary, which serves ClickHouse's HTTP protocol
// on a port of 127.0.0.1. The client is the same as for a server, with Protocol HTTP.
//
// The parent's side is Engine (engine.go, child.go): it keeps one child running on a
// directory, and another process finds it with ReadEndpoint. The child's side is Serve
// (serve.go, handler.go).
package embedded
