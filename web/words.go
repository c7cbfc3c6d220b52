package web

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// wordFiles holds the sentences: <part>.<lang>.json, flat keys, one file pair per part of the site.
//
//go:embed words/*.json
var wordFiles embed.FS

var localizers = loadWords()

// Data fills the placeholders of a sentence: {"Amount": "84,40 €"} for {{.Amount}}.
type Data = map[string]any

func loadWords() map[Lang]*i18n.Localizer {
	bundle := i18n.NewBundle(language.German)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	names, err := fs.Glob(wordFiles, "words/*.json")
	if err != nil {
		panic("web: word files: " + err.Error())
	}
	for _, name := range names {
		if _, err := bundle.LoadMessageFileFS(wordFiles, name); err != nil {
			panic(fmt.Sprintf("web: word file %s: %v", name, err))
		}
	}
	out := make(map[Lang]*i18n.Localizer, len(Langs))
	for _, l := range Langs {
		out[l] = i18n.NewLocalizer(bundle, string(l))
	}
	return out
}

// T returns the sentence key in the language of ctx, with the placeholders filled from data.
// An unknown key shows as [key]; a test keeps that from being released.
func T(ctx context.Context, key string, data ...Data) string {
	return localize(ctx, key, nil, data)
}

// TN is T for a sentence with a singular and a plural; {{.Count}} is n.
func TN(ctx context.Context, key string, n int, data ...Data) string {
	d := Data{"Count": n}
	for _, m := range data {
		for k, v := range m {
			d[k] = v
		}
	}
	return localize(ctx, key, n, []Data{d})
}

func localize(ctx context.Context, key string, count any, data []Data) string {
	cfg := i18n.LocalizeConfig{MessageID: key, PluralCount: count}
	if len(data) > 0 {
		cfg.TemplateData = data[0]
	}
	s, err := localizers[LangOf(ctx)].Localize(&cfg)
	if err != nil {
		return "[" + key + "]"
	}
	return s
}
