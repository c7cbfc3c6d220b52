package desk

import (
	"net/http"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/pay"
	"zahlziel/web"
)

// reviewRoutes are the pages on which staff answers what consumers contest.
func (d *Desk) reviewRoutes(mux *http.ServeMux) {
	mux.Handle("GET /desk/reviews", d.may(app.DeedReview, d.reviews))
	mux.Handle("GET /desk/reviews/{id}", d.may(app.DeedReview, d.review))
	mux.Handle("POST /desk/reviews/{id}", d.may(app.DeedReview, d.answerReview))
	mux.Handle("GET /desk/reviews/files/{id}", d.may(app.DeedReview, d.reviewFile))
}

func (d *Desk) reviews(w http.ResponseWriter, r *http.Request, who visitor) error {
	who.Here = "/desk/reviews"
	q, err := d.app.OpenReviews(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, reviewsPage(who, q, r.URL.Query().Get("done") == "yes"))
}

// answerForm is an answer as it was typed.
type answerForm struct {
	Text   string
	Fact   string
	Day    web.DateValue
	No     string
	Errors web.FieldErrors
}

func (d *Desk) review(w http.ResponseWriter, r *http.Request, who visitor) error {
	return d.showReview(w, r, who, http.StatusOK, answerForm{})
}

func (d *Desk) showReview(w http.ResponseWriter, r *http.Request, who visitor, status int, f answerForm) error {
	id, err := web.PathID[pay.ReviewID](r, "id", pay.PrefixReview)
	if err != nil {
		return err
	}
	v, err := d.app.ReviewCase(r.Context(), who.Actor, id)
	if err != nil {
		return err
	}
	if f.Fact == "" {
		f.Fact = v.Review.Fact
	}
	return web.Render(w, r, status, reviewPage(who, v, f))
}

// answerReview reads the answer. With the button "corrected" the chosen fact is put right; with the other nothing changes.
func (d *Desk) answerReview(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := web.PathID[pay.ReviewID](r, "id", pay.PrefixReview)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	f := answerForm{Text: r.PostForm.Get("text"), Fact: r.PostForm.Get("fact"), Day: web.FormDate(r.PostForm, "day"), No: r.PostForm.Get("no")}
	ans := app.ReviewAnswer{Text: f.Text}
	switch r.PostForm.Get("outcome") {
	case pay.ReviewUpheld:
	case pay.ReviewCorrected:
		c := app.Correction{Fact: f.Fact, No: f.No, Day: cal.NoDay}
		if day, ok := f.Day.Parse(); ok {
			c.Day = day
		} else if f.Day != (web.DateValue{}) {
			f.Errors.Add("day", web.T(r.Context(), "desk.review.bad_day"))
			return d.showReview(w, r, who, http.StatusUnprocessableEntity, f)
		}
		ans.Corrections = []app.Correction{c}
	default:
		return web.Status(http.StatusBadRequest)
	}
	_, err = d.app.AnswerReview(r.Context(), who.Actor, id, ans)
	if known := refusal(err); known != nil {
		field := known.Field
		if field == "" {
			field = "text"
		}
		f.Errors.Add(field, reviewError(r, known))
		return d.showReview(w, r, who, http.StatusUnprocessableEntity, f)
	} else if err != nil {
		return err
	}
	return web.Redirect(w, r, "/desk/reviews?done=yes")
}

func reviewError(r *http.Request, e *pay.Error) string {
	switch e.Code {
	case "bad_answer", "bad_correction", "same_person", "review_over", "not_your_fact":
		return web.T(r.Context(), "desk.review.error."+e.Code)
	}
	return web.T(r.Context(), "desk.error.other")
}

// reviewFile sends a consumer's paper to be kept. It is never shown as part of a page of ours: it may be anything.
func (d *Desk) reviewFile(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := web.PathID[pay.ReviewFileID](r, "id", pay.PrefixReviewFile)
	if err != nil {
		return err
	}
	f, b, err := d.app.ReviewFile(r.Context(), who.Actor, id)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'")
	return web.SendFile(w, f.Kind, app.ReviewFileName(f), b)
}
