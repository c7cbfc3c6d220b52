package portal

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web"
)

// reviewRoutes are the pages on which a consumer contests a decision or a fact.
func (p *Portal) reviewRoutes(mux *http.ServeMux) {
	mux.Handle("GET /me/reviews", p.signed(p.reviews))
	mux.Handle("GET /me/reviews/new", p.signed(p.newReview))
	mux.Handle("POST /me/reviews/new", p.signed(p.askReview))
	mux.Handle("GET /me/decisions/{id}/review", p.signed(p.newReview))
	mux.Handle("POST /me/decisions/{id}/review", p.signed(p.askReview))
	mux.Handle("GET /me/reviews/{id}", p.signed(p.review))
	mux.Handle("POST /me/reviews/{id}/withdraw", p.signed(p.withdrawReview))
	mux.Handle("GET /me/reviews/files/{id}", p.signed(p.reviewFile))
}

func (p *Portal) reviews(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	list, decisions, err := p.app.MyReviews(r.Context(), who)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, reviewsPage(p.inside("/me/data"), list, decisions))
}

// reviewForm is a contest as it was typed. Files are chosen again when the form comes back.
type reviewForm struct {
	Decision pay.DecisionID // empty: a fact alone
	Fact     string
	Text     string
	Errors   web.FieldErrors
}

func (f reviewForm) action() string {
	if f.Decision == "" {
		return "/me/reviews/new"
	}
	return "/me/decisions/" + pay.Bare(f.Decision) + "/review"
}

func (p *Portal) newReview(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	f, err := p.formOf(r, who)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, contestPage(p.inside("/me/data"), f))
}

// formOf begins a form about the decision of the address, which must be the visitor's own.
func (p *Portal) formOf(r *http.Request, who app.Actor) (f reviewForm, err error) {
	text := r.PathValue("id")
	if text == "" {
		return f, nil
	}
	id, ok := pay.ParseID[pay.DecisionID](pay.PrefixDecision, text)
	if !ok {
		return f, web.Status(http.StatusNotFound)
	}
	f.Decision = id
	_, decisions, err := p.app.MyReviews(r.Context(), who)
	for _, d := range decisions {
		if d.Row.ID == id {
			return f, err
		}
	}
	if err == nil {
		err = web.Status(http.StatusNotFound)
	}
	return f, err
}

// formMemory is how much of a form with files is held in memory; it is more than the largest form may be.
const formMemory = 8 << 20

func (p *Portal) askReview(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	f, err := p.formOf(r, who)
	if err != nil {
		return err
	}
	c := app.Contest{Decision: f.Decision}
	var tooBig *http.MaxBytesError
	if err := r.ParseMultipartForm(formMemory); errors.As(err, &tooBig) {
		f.Errors.Add("files", p.wrong(r.Context(), "bad_file"))
		return web.Render(w, r, http.StatusRequestEntityTooLarge, contestPage(p.inside("/me/data"), f))
	} else if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return web.Status(http.StatusBadRequest)
	}
	c.Fact, c.Text = r.PostFormValue("fact"), r.PostFormValue("text")
	f.Fact, f.Text = c.Fact, c.Text
	if r.MultipartForm != nil {
		defer r.MultipartForm.RemoveAll()
		if c.Files, err = readFiles(r.MultipartForm.File["files"]); err != nil {
			return err
		}
	}
	review, err := p.app.AskReview(r.Context(), who, app.Key{}, c)
	var known *pay.Error
	if errors.As(err, &known) && (known.Kind == pay.Invalid || known.Kind == pay.Conflict || known.Kind == pay.Refused) {
		field := known.Field
		if field == "" {
			field = "text"
		}
		f.Errors.Add(field, p.wrong(r.Context(), known.Code))
		return web.Render(w, r, http.StatusUnprocessableEntity, contestPage(p.inside("/me/data"), f))
	} else if err != nil {
		return err
	}
	return web.Redirect(w, r, "/me/reviews/"+pay.Bare(review.ID))
}

// readFiles reads what was chosen; a field without a choice is an empty file without a name.
func readFiles(chosen []*multipart.FileHeader) ([][]byte, error) {
	var out [][]byte
	for _, h := range chosen {
		if h.Size == 0 && h.Filename == "" {
			continue
		}
		f, err := h.Open()
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(io.LimitReader(f, app.ContestFileMax+1))
		f.Close()
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

func (p *Portal) wrong(ctx context.Context, code string) string {
	switch code {
	case "bad_text":
		return web.T(ctx, "portal.review.bad_text", web.Data{"Least": app.ContestTextMin, "Most": app.ContestTextMax})
	case "too_many_files", "bad_file":
		return web.T(ctx, "portal.review.bad_file", web.Data{"Files": app.ContestFilesMax})
	case "bad_fact":
		return web.T(ctx, "portal.review.bad_fact")
	case "review_open":
		return web.T(ctx, "portal.review.open_already")
	}
	return web.T(ctx, "portal.review.too_many")
}

func (p *Portal) review(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	id, err := web.PathID[pay.ReviewID](r, "id", pay.PrefixReview)
	if err != nil {
		return err
	}
	v, err := p.app.Review(r.Context(), who, id)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, reviewPage(p.inside("/me/data"), v))
}

func (p *Portal) withdrawReview(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	id, err := web.PathID[pay.ReviewID](r, "id", pay.PrefixReview)
	if err != nil {
		return err
	}
	if err := p.app.WithdrawReview(r.Context(), who, id); err != nil {
		return err
	}
	return web.Redirect(w, r, "/me/reviews/"+pay.Bare(id))
}

// reviewFile sends back a paper that the visitor added. It is kept, never shown as part of a page of ours.
func (p *Portal) reviewFile(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	id, err := web.PathID[pay.ReviewFileID](r, "id", pay.PrefixReviewFile)
	if err != nil {
		return err
	}
	f, b, err := p.app.ReviewFile(r.Context(), who, id)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'")
	return web.SendFile(w, f.Kind, app.ReviewFileName(f), b)
}
