package app

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"zahlziel/cal"
	"zahlziel/document"
	"zahlziel/pay"
	"zahlziel/store"
)

// What a consumer may send with a contest.
const (
	ContestTextMin  = 10
	ContestTextMax  = 4000 // characters
	ContestFilesMax = 3
	ContestFileMax  = 1_500_000 // bytes each
	openReviewsMax  = 3
)

// ContestFileTypes are the types of papers that are taken. What a file is says its content, not its name.
var ContestFileTypes = []string{"application/pdf", "image/png", "image/jpeg"}

// Contest is what a consumer says against a decision or a fact about them.
type Contest struct {
	Decision pay.DecisionID // or empty: a fact alone
	Fact     string         // one of pay.ReviewFacts, or empty: the decision as a whole
	Text     string
	Files    [][]byte
}

var (
	errNoReview = pay.Errorf(pay.Missing, "no_such_review", "", "There is no such contest")
	errNoFile   = pay.Errorf(pay.Missing, "no_such_file", "", "There is no such file")
)

// check says what is wrong with a contest, and returns the types of its files.
func (c *Contest) check() (kinds []string, err error) {
	c.Text = strings.TrimSpace(c.Text)
	if n := utf8.RuneCountInString(c.Text); n < ContestTextMin || n > ContestTextMax || !utf8.ValidString(c.Text) {
		return nil, pay.Errorf(pay.Invalid, "bad_text", "text", "Say what is wrong, in %d to %d characters", ContestTextMin, ContestTextMax)
	}
	if c.Fact != "" && !slices.Contains(pay.ReviewFacts, c.Fact) || c.Fact == "" && c.Decision == "" {
		return nil, pay.Errorf(pay.Invalid, "bad_fact", "fact", "Choose one of %s", strings.Join(pay.ReviewFacts, ", "))
	}
	if len(c.Files) > ContestFilesMax {
		return nil, pay.Errorf(pay.Invalid, "too_many_files", "files", "Add at most %d files", ContestFilesMax)
	}
	for _, b := range c.Files {
		kind, _, _ := strings.Cut(http.DetectContentType(b), ";")
		if len(b) == 0 || len(b) > ContestFileMax || !slices.Contains(ContestFileTypes, kind) {
			return nil, pay.Errorf(pay.Invalid, "bad_file", "files", "Add PDF, PNG or JPEG files of at most %d bytes", ContestFileMax)
		}
		kinds = append(kinds, kind)
	}
	return kinds, nil
}

// AskReview notes what the actor, a consumer, contests. A person answers within the stated bank days.
func (a *App) AskReview(ctx context.Context, who Actor, key Key, c Contest) (*pay.Review, error) {
	if who.Consumer == "" {
		return nil, errForbidden
	}
	kinds, err := c.check()
	if err != nil {
		return nil, err
	}
	b := bucketOf(who.Consumer)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Consumers.At(b, string(who.Consumer)), store.Decisions.At(b, string(c.Decision))}}
	return do(ctx, a, who, "contest", key, u, func(tx *store.Tx) (*pay.Review, error) {
		p, err := a.person(tx, who.Consumer)
		if err != nil {
			return nil, err
		}
		if c.Decision != "" {
			d, err := store.Get(tx, store.Decisions, string(c.Decision))
			if err != nil {
				return nil, err
			}
			if d == nil || d.ConsumerID != who.Consumer {
				return nil, pay.Errorf(pay.Missing, "no_such_decision", "", "There is no such decision")
			}
		}
		open, same, err := tx.OpenReviewsIn(who.Consumer, c.Decision, c.Fact)
		switch {
		case err != nil:
			return nil, err
		case same:
			return nil, pay.Errorf(pay.Conflict, "review_open", "", "A person looks at this already; you get an answer")
		case open >= openReviewsMax:
			return nil, pay.Errorf(pay.Refused, "too_many_reviews", "", "There are %d open contests already; wait for an answer", openReviewsMax)
		}
		return a.newReview(tx, p, &c, kinds)
	})
}

func (a *App) newReview(tx *store.Tx, p *person, c *Contest, kinds []string) (*pay.Review, error) {
	cell := pay.CellOf(string(p.row.ID))
	r := &pay.Review{ID: pay.ReviewID(tx.IDIn(pay.PrefixReview, cell)), ConsumerID: p.row.ID, DecisionID: c.Decision, Fact: c.Fact, State: pay.ReviewOpen,
		AskedAt: tx.At, AskedDay: tx.Day, DueDay: cal.Target2.AddBankDays(tx.Day, pay.ReviewDays), AnsweredDay: cal.NoDay}
	r.Sealed = p.seal(string(r.ID), c.Text)
	store.Save(tx, store.Reviews, r)
	for i, b := range c.Files {
		id := pay.MintID(pay.PrefixReviewFile, cell, tx.At+int64(i)*1000, store.Random8()) // in the order in which they were chosen
		f := &pay.ReviewFile{ID: pay.ReviewFileID(id), ReviewID: r.ID, Kind: kinds[i], Size: int64(len(b)), SHA256: sha(b), At: tx.At}
		f.Sealed = p.key.Seal(string(f.ID), b)
		store.Save(tx, store.ReviewFiles, f)
	}
	tx.Audit(string(p.row.ID), "contested", string(p.row.ID), string(r.ID))
	return r, a.mailTo(tx, p, document.MailReview, string(r.ID), document.MailData{Due: r.DueDay, Link: a.BaseURL + "/me/reviews/" + pay.Bare(r.ID)})
}

// WithdrawReview ends a contest that its consumer no longer wants.
func (a *App) WithdrawReview(ctx context.Context, who Actor, id pay.ReviewID) error {
	b := bucketOf(id)
	_, err := do(ctx, a, who, "withdraw-review", Key{}, store.Unit{Bucket: b, Load: []store.Ref{store.Reviews.At(b, string(id))}}, func(tx *store.Tx) (struct{}, error) {
		r, err := store.Get(tx, store.Reviews, string(id))
		if err != nil {
			return struct{}{}, err
		}
		if r == nil || !who.is(r.ConsumerID) {
			return struct{}{}, errNoReview
		}
		if r.State != pay.ReviewOpen {
			return struct{}{}, nil
		}
		r.State = pay.ReviewWithdrawn
		store.Save(tx, store.Reviews, r)
		tx.Audit(who.String(), "contest_withdrawn", string(r.ConsumerID), string(r.ID))
		return struct{}{}, nil
	})
	return err
}

// ReviewView is a contest as its consumer sees it.
type ReviewView struct {
	Review pay.Review // without its sealed parts
	Text   string
	Answer *Answered // nil while nobody answered
	Files  []pay.ReviewFile
	Shop   string // of the contested decision
}

// MyReviews lists the actor's contests, the newest first, with the decisions that can be contested.
func (a *App) MyReviews(ctx context.Context, who Actor) ([]pay.Review, []DecisionLine, error) {
	if who.Consumer == "" {
		return nil, nil, errForbidden
	}
	rows, err := a.DB.ReviewsOf(ctx, who.Consumer, storyMax)
	if err != nil {
		return nil, nil, err
	}
	var out []pay.Review
	for _, r := range rows {
		r.Sealed, r.Answer = nil, nil
		out = append(out, *r)
	}
	decisions, err := a.DB.DecisionsOf(ctx, who.Consumer, storyMax)
	var lines []DecisionLine
	for _, d := range decisions {
		d.Sealed, d.Salt = nil, nil
		lines = append(lines, DecisionLine{*d, a.MerchantName(d.MerchantID)})
	}
	return out, lines, err
}

// Review opens one contest of the actor, a consumer. Somebody else's is missing.
func (a *App) Review(ctx context.Context, who Actor, id pay.ReviewID) (*ReviewView, error) {
	r, err := store.LoadID(ctx, a.DB, store.Reviews, id)
	if err != nil {
		return nil, err
	}
	if r == nil || !who.is(r.ConsumerID) {
		return nil, errNoReview
	}
	p, err := a.readPerson(ctx, r.ConsumerID)
	if err != nil {
		return nil, err
	}
	return a.reviewView(ctx, p, r)
}

func (a *App) reviewView(ctx context.Context, p *person, r *pay.Review) (v *ReviewView, err error) {
	v = &ReviewView{Review: *r}
	v.Review.Sealed, v.Review.Answer = nil, nil
	if v.Text, err = open[string](p.key, string(r.ID), r.Sealed); err != nil {
		return nil, err
	}
	if len(r.Answer) > 0 {
		ans, err := open[Answered](p.key, string(r.ID)+"/answer", r.Answer)
		if err != nil {
			return nil, err
		}
		v.Answer = &ans
	}
	files, err := a.DB.FilesOf(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		v.Files = append(v.Files, *f)
	}
	if r.DecisionID != "" {
		d, err := store.LoadID(ctx, a.DB, store.Decisions, r.DecisionID)
		if err != nil || d == nil {
			return v, err
		}
		v.Shop = a.MerchantName(d.MerchantID)
	}
	return v, nil
}

// ReviewFile opens a paper for the consumer who sent it or for staff that answers; staff's look is in the audit trail first.
func (a *App) ReviewFile(ctx context.Context, who Actor, id pay.ReviewFileID) (*pay.ReviewFile, []byte, error) {
	f, err := store.LoadID(ctx, a.DB, store.ReviewFiles, id)
	if err != nil {
		return nil, nil, err
	}
	if f == nil {
		return nil, nil, errNoFile
	}
	r, err := store.LoadID(ctx, a.DB, store.Reviews, f.ReviewID)
	if err != nil {
		return nil, nil, err
	}
	if r == nil || !who.is(r.ConsumerID) && !who.Can(DeedReview) {
		return nil, nil, errNoFile
	}
	if who.Staff != "" {
		if err := a.audit(ctx, who, "looked_at", bucketOf(r.ConsumerID), string(r.ConsumerID), string(id)); err != nil {
			return nil, nil, err
		}
	}
	p, err := a.readPerson(ctx, r.ConsumerID)
	if err != nil {
		return nil, nil, err
	}
	b, err := p.key.Open(string(f.ID), f.Sealed)
	f.Sealed = nil
	return f, b, err
}

// ReviewFileName is what a paper is called when it is kept; nothing of its sender's name for it is used.
func ReviewFileName(f *pay.ReviewFile) string {
	ending := map[string]string{"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}[f.Kind]
	return "contest-" + strings.ToLower(pay.ShortReference(f.ID)) + ending
}
