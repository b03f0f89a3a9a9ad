// Package embedded runs ClickHouse without a server. The engine is a library; a child
// process of the program's own binary loads it (pure Go, no cgo) and serves
// ClickHouse's HTTP protocol on a port of 127.0.0.1, behind a token. The client is the
// same as for a server, with Protocol HTTP: no compression is worth its time on
// loopback, all of the client's are understood. A crash of the engine ends the child
// alone.
//
// # What lives here
//
// The parent's side: Engine keeps one child running on a directory (engine.go,
// child.go) and leaves a file by which another process reaches it (endpoint.go,
// ReadEndpoint). It owns the port, so that clients which come while the child is
// started again wait in its queue and go on.
//
// The child's side: ServeStdio and Serve (serve.go) answer requests (handler.go,
// request.go, hello.go) on a fixed number of sessions (session.go) of the library
// (library.go, locate.go), after looking at the statement (statement.go), under a
// configuration written at each start (serverconfig.go).
//
// What does not live here: SQL of the product, the client, schema and queries. Those
// are in storage/clickhouse, which is not told whether it talks to a server.
//
// # What the engine promises
//
// An INSERT that was answered with success is on disk and survives a kill of the
// process. One whose body ended early stores nothing; one of more than about a million
// rows may store a part when it fails, and is whole again once it is repeated into a
// table that replaces by its key. An insert_deduplication_token is no guard over a kill:
// the engine may note it and lose the part that it stands for. An error in the middle of a result breaks the answer off
// and never shortens it silently. A request whose client went away is cancelled.
//
// Not offered: the native protocol, sessions, temporary and external tables, several
// statements in a request, statements that reach beyond one query or one database
// (USE, SET, SYSTEM, KILL, ATTACH, BACKUP, users, functions), files and other servers
// as tables, asynchronous inserts. A result without rows has no columns either.
//
// # How to change it
//
// A server setting goes into serverTemplate, a default of queries and a grant into
// usersTemplate, a table engine into tableEngines (serverconfig.go). A function of the
// library is declared in library.go and used through session. The library's version is
// pinned in library/.
//
// Hot paths: feed (BenchmarkInsertColumns), adopt and stream (BenchmarkSmallQuery).
package embedded
