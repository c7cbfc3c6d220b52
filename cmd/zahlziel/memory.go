package main

import "runtime/debug"

// spareMemory lets the collector run at four times the live heap instead of twice: the live heap of a server is a few
// megabytes, so this costs little and saves most of the collector's time under load. GOGC in the environment still wins.
func spareMemory() {
	if old := debug.SetGCPercent(400); old != 100 {
		debug.SetGCPercent(old)
	}
}
