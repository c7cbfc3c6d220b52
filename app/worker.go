package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"zahlziel/pay"
	"zahlziel/store"
)

// Handler does the work of one kind of job outside any transaction. It may run more than once for one job,
// so what it does to the world must carry the job's id as its own key.
type Handler func(ctx context.Context, job *pay.Job) error

// Permanent marks an error that no later try will mend.
type Permanent struct{ error }

// Unwrap returns the cause.
func (p Permanent) Unwrap() error { return p.error }

// jobTries is how often a job is tried; the pauses grow from seconds to hours.
const jobTries = 10

// Worker does jobs and delivers messages until ctx ends.
type Worker struct {
	App      *App
	Handlers map[string]Handler
	Owner    string             // names this process in the leases
	Pause    time.Duration      // between looks when nothing wakes it; 0 means a second
	leases   map[int]pay.Micros // until when this worker owns a bucket
}

// loopPause is the shortest time between two looks, so that many small wakes become one.
const loopPause = 50 * time.Millisecond

// Run works until ctx ends.
func (w *Worker) Run(ctx context.Context) {
	if w.Pause == 0 {
		w.Pause = time.Second
	}
	stale := time.NewTicker(reloadPause)
	defer stale.Stop()
	for ctx.Err() == nil {
		select {
		case <-stale.C:
			if err := w.App.Reload(ctx); err != nil && ctx.Err() == nil {
				w.App.Log.Error("reference tables", "error", err.Error())
			}
		default:
		}
		did, err := w.once(ctx, calmSlice)
		if err != nil && ctx.Err() == nil {
			w.App.Log.Error("worker", "error", err.Error())
		}
		rest(ctx, loopPause)
		if did >= calmSlice {
			continue // more calm work waits
		}
		select {
		case <-ctx.Done():
		case <-w.App.wake:
		case <-time.After(w.Pause):
		}
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := w.App.DB.EndLeases(end, w.Owner); err != nil {
		w.App.Log.Warn("worker: the leases end by time", "error", err.Error())
	}
}

// reloadPause is how soon a merchant that another process closed, or a list that it changed, counts here.
const reloadPause = 5 * time.Second

// leaseMicros is how long a worker owns a bucket without renewing; one survivor may own all buckets.
const leaseMicros pay.Micros = 60 * 1e6

// calmSlice is how many calm jobs are done before urgent ones are looked for again.
const calmSlice = 20

// Once delivers what is undelivered and does all jobs that are due. It returns how much it did.
func (w *Worker) Once(ctx context.Context) (total int, err error) {
	for {
		did, err := w.once(ctx, 400)
		total += did
		if err != nil || did == 0 {
			return total, err
		}
	}
}

// once delivers, does the urgent jobs that are due, and up to calm others.
func (w *Worker) once(ctx context.Context, calm int) (int, error) {
	if _, err := w.App.Day(ctx); err != nil { // another process may have moved the business day
		return 0, err
	}
	done, stuck := w.App.Deliver(ctx)
	first, err := w.jobs(ctx, pay.JobUrgent, 400)
	if err != nil {
		return done + first, errors.Join(stuck, err)
	}
	then, err := w.jobs(ctx, pay.JobCalm, calm)
	return done + first + then, errors.Join(stuck, err)
}

func (w *Worker) jobs(ctx context.Context, rank, limit int) (done int, err error) {
	now := w.App.Clock.Now()
	jobs, err := w.App.DB.DueJobs(ctx, rank, now, limit)
	if err != nil {
		return 0, err
	}
	for _, j := range jobs {
		ok, err := w.lease(ctx, bucketOf(j.ID), now)
		if err != nil {
			return done, err
		}
		if !ok {
			continue
		}
		began, before := w.App.Clock.Now(), w.App.DB.Committed()
		if err := w.try(ctx, j); err != nil {
			return done, err
		}
		done++
		if rank == pay.JobCalm {
			w.yield(ctx, time.Duration(w.App.Clock.Now()-began)*time.Microsecond, w.App.DB.Committed()-before-jobUnits)
		}
	}
	return done, nil
}

// jobUnits is how many units of work a job commits by itself at most.
const jobUnits = 4

// yield leaves the machine to buyers: while they are many, a calm job is followed by a rest of many times its length,
// so that a peak's papers are made after the peak. others is how many units were committed meanwhile.
func (w *Worker) yield(ctx context.Context, took time.Duration, others int64) {
	const busyPerSecond = 200
	if others*int64(time.Second) > busyPerSecond*int64(took) {
		rest(ctx, min(40*took, time.Second))
	}
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// lease makes sure that this worker owns a bucket for some time yet; a lease that is young needs no write.
func (w *Worker) lease(ctx context.Context, bucket int, now pay.Micros) (bool, error) {
	if w.leases[bucket] > now+leaseMicros/2 {
		return true, nil
	}
	ok, err := w.App.DB.Lease(ctx, bucket, w.Owner, now, now+leaseMicros)
	if err == nil && ok {
		if w.leases == nil {
			w.leases = map[int]pay.Micros{}
		}
		w.leases[bucket] = now + leaseMicros
	}
	return ok, err
}

// try runs one job and notes its outcome.
func (w *Worker) try(ctx context.Context, j *pay.Job) error {
	h := w.Handlers[j.Kind]
	if h == nil {
		return w.note(ctx, j, Permanent{errors.New("no handler for this kind of job")}, attempt{})
	}
	work, cancel := context.WithTimeout(ctx, 50*time.Second)
	defer cancel()
	var made attempt
	err := careful(h, context.WithValue(work, attemptKey{}, &made), j)
	if ctx.Err() != nil {
		return ctx.Err() // stopped: the job stays waiting
	}
	return w.note(ctx, j, err, made)
}

// careful turns a panic of a handler into the failure of its job. What panicked may hold personal data and is not told.
func careful(h Handler, ctx context.Context, j *pay.Job) (err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("the handler of %s panicked", j.Kind)
		}
	}()
	return h(ctx, j)
}

// note writes down what came of a job, and beside it the call of a merchant's address that it made.
func (w *Worker) note(ctx context.Context, j *pay.Job, problem error, made attempt) error {
	var wait putOff
	waits := errors.As(problem, &wait)
	b := bucketOf(j.ID)
	_, err := do(ctx, w.App, System, "job", Key{}, store.Unit{Bucket: b, Load: []store.Ref{store.Jobs.At(b, string(j.ID))}}, func(tx *store.Tx) (struct{}, error) {
		row, err := store.Get(tx, store.Jobs, string(j.ID))
		if err != nil || row == nil || row.State != pay.JobWaiting {
			return struct{}{}, err
		}
		if waits {
			row.DueAt = wait.until
			store.Save(tx, store.Jobs, row)
			return struct{}{}, nil
		}
		row.Tries++
		var permanent Permanent
		switch {
		case problem == nil:
			row.State, row.Problem = pay.JobDone, ""
			if made.merchant == "" { // what a merchant was told can be sent again
				row.Body = nil
			}
		case errors.As(problem, &permanent) || row.Tries >= jobTries:
			row.State, row.Problem = pay.JobFailed, problem.Error()
		default:
			row.Problem = problem.Error()
			row.DueAt = tx.At + pauseAfter(j.Kind, row.Tries)
		}
		store.Save(tx, store.Jobs, row)
		if made.merchant != "" {
			logCall(tx, row, made)
		}
		return struct{}{}, nil
	})
	if err == nil && problem != nil && !waits {
		w.App.Log.Warn("job failed", "kind", j.Kind, "job", string(j.ID), "try", j.Tries+1, "error", problem.Error())
	}
	return err
}
