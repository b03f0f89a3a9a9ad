// Package embeddedtest starts the embedded engine for tests. A package that uses it
// hands its tests over to Main:
//
//	func TestMain(m *testing.M) { embeddedtest.Main(m) }
//
// and then asks for engines, each on a directory of its own, with Start.
package embeddedtest
