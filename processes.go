package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
)

// residentBytes returns the memory that this process and all below it hold
// resident; pages they share count once for each. 0 where there is no /proc.
func residentBytes() uint64 {
	total := uint64(0)
	for _, bytes := range family(os.Getpid()) {
		total += bytes
	}
	return total
}

// family returns a process and all below it, with the resident bytes of each, as
// /proc has it.
func family(root int) map[int]uint64 {
	parents, resident := map[int]int{}, map[int]uint64{}
	entries, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		content, err := os.ReadFile(entry)
		if err != nil {
			continue // it has ended meanwhile
		}
		// The name in parentheses may hold spaces: fields are counted after it.
		fields := bytes.Fields(content[bytes.LastIndexByte(content, ')')+1:])
		process, err := strconv.Atoi(filepath.Base(filepath.Dir(entry)))
		if err != nil || len(fields) < 22 {
			continue
		}
		parents[process], _ = strconv.Atoi(string(fields[1]))
		pages, _ := strconv.ParseUint(string(fields[21]), 10, 64)
		resident[process] = pages * uint64(os.Getpagesize())
	}
	members := map[int]uint64{}
	for process := range resident {
		for ancestor, steps := process, 0; ancestor > 1 && steps < 64; ancestor, steps = parents[ancestor], steps+1 {
			if ancestor == root {
				members[process] = resident[process]
				break
			}
		}
	}
	return members
}
