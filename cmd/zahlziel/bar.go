package main

import (
	"os"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
	"golang.org/x/term"
)

// bar shows progress on a terminal and is silent elsewhere.
type bar struct {
	w *progress.Progress
	t *progress.Tracker
}

func newBar(what string) *bar {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return &bar{}
	}
	w := &progress.Progress{}
	w.SetOutputWriter(os.Stderr)
	w.SetUpdateFrequency(100 * time.Millisecond)
	w.SetAutoStop(false)
	t := &progress.Tracker{Message: what, Total: 1}
	w.AppendTracker(t)
	go w.Render()
	return &bar{w, t}
}

// set shows done of total.
func (b *bar) set(done, total int) {
	if b.t != nil {
		b.t.UpdateTotal(int64(max(total, 1)))
		b.t.SetValue(int64(done))
	}
}

func (b *bar) done() {
	if b.t != nil {
		b.t.MarkAsDone()
		time.Sleep(120 * time.Millisecond)
		b.w.Stop()
	}
}
