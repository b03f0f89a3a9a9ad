// Package board draws the demo's live board: what a NOC operator wants to know at a
// glance, read from the store once a second like anybody else would.
//
// What lives here: gathering the figures (gather.go), drawing them on a terminal
// (draw.go, terminal.go), one log line a second where there is no terminal, and the
// words in English and Japanese (words.go). A new line of the board gets its figure
// in Figures, its words in both languages and its place in Draw.
package board
