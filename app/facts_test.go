package app

import (
	"context"

	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/store"
)

// FactsOf opens a consumer's facts for tests.
func (a *App) FactsOf(ctx context.Context, id pay.ConsumerID) (credit.Facts, error) {
	row, err := store.LoadID(ctx, a.DB, store.Consumers, id)
	if err != nil {
		return credit.Facts{}, err
	}
	p, err := a.openPerson(row)
	if err != nil {
		return credit.Facts{}, err
	}
	return p.facts, nil
}

// HistoryFromEvents computes a consumer's history from the stored events for tests.
func (a *App) HistoryFromEvents(ctx context.Context, id pay.ConsumerID) (credit.History, error) {
	return a.historyFromEvents(ctx, id)
}

// EditFacts changes a consumer's facts for tests.
func (a *App) EditFacts(ctx context.Context, id pay.ConsumerID, edit func(*credit.Facts)) error {
	b := bucketOf(id)
	_, err := do(ctx, a, System, "test", Key{}, store.Unit{Bucket: b, Load: []store.Ref{store.Consumers.At(b, string(id))}}, func(tx *store.Tx) (struct{}, error) {
		p, err := a.person(tx, id)
		if err != nil {
			return struct{}{}, err
		}
		edit(&p.facts)
		a.mend(tx, p)
		return struct{}{}, p.save(tx)
	})
	return err
}

// AnswerOf reads a consumer's newest answer of a source, or nil, for tests.
func (a *App) AnswerOf(ctx context.Context, kind string, id pay.ConsumerID) (*pay.SourceAnswer, error) {
	return store.Load(ctx, a.DB, store.SourceAnswers, bucketOf(id), pay.AnswerID(kind, id))
}

// LetterCode is the code that a letter to be printed brings, for tests.
func (a *App) LetterCode(ctx context.Context, id pay.VerificationID) (string, error) {
	v, err := store.LoadID(ctx, a.DB, store.Verifications, id)
	if err != nil {
		return "", err
	}
	p, err := a.readPerson(ctx, v.ConsumerID)
	if err != nil {
		return "", err
	}
	var body []byte
	if err := a.DB.SQL().QueryRowContext(ctx, "SELECT body FROM jobs WHERE kind = $1 AND subject = $2", JobLetter, string(id)).Scan(&body); err != nil {
		return "", err
	}
	said, err := open[letterJob](p.key, JobLetter, body)
	return said.Code, err
}

// Marked tells a mark of a consumer for tests.
func (a *App) Marked(ctx context.Context, id pay.ConsumerID, kind string) (int64, error) {
	p, err := a.readPerson(ctx, id)
	if err != nil {
		return 0, err
	}
	return p.marked(kind), nil
}
