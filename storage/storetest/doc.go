// Package storetest fills a store with a small world whose figures are known by
// reckoning on paper, for tests that ask the real engine questions.
//
// A package that uses it hands its tests over to embeddedtest.Main and asks for a
// store with Open. world.go says what there is and when; nothing in it is random.
package storetest
