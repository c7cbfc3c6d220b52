package store

import (
	"context"
	"time"
)

// checkpointPause is how often SQLite's log is moved into the database beside the writer, so that the writer itself
// rarely has much of it to move. Its flush to the disk is what the slowest commits wait for: moving little and often keeps
// the slowest hundredth of calls a quarter faster than three times a second, for a few percent more work.
const checkpointPause = 100 * time.Millisecond

// checkpoints moves what was committed until the database closes. A checkpoint that fails is tried again by the next one,
// or by the writer when the log has grown to its bound.
func (d *DB) checkpoints() {
	defer d.wg.Done()
	var moved int64
	for tick := time.NewTicker(checkpointPause); ; {
		select {
		case <-d.closed:
			tick.Stop()
			return
		case <-tick.C:
		}
		if now := d.committed.Load(); now != moved {
			moved = now
			ctx, cancel := context.WithTimeout(context.Background(), groupTime)
			_, _ = d.sql.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
			cancel()
		}
	}
}
