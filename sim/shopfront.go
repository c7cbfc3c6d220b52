package sim

import (
	"context"
	"net/http"
	"time"

	"zahlziel/app"
	"zahlziel/client"
	"zahlziel/integrations/sampleshop"
)

// shopPatience is how long a shop waits for an answer of the wire.
const shopPatience = 10 * time.Second

// frontKey names the API key with which a shop of the demo sells.
const frontKey = "shop front"

// ShopFronts are the demo's shops as their buyers see them: the first sells through the wire, the other through the native
// API. The key for it is made anew here and shown to nobody; the one of an earlier run ends.
func ShopFronts(ctx context.Context, a *app.App, d *Demo) (*sampleshop.Shops, error) {
	if err := endFrontKeys(ctx, a); err != nil {
		return nil, err
	}
	sellers := map[string]sampleshop.Seller{}
	for _, m := range d.Merchants {
		if m.Username == sampleshop.Ranges[0].Slug {
			sellers[m.Username] = sampleshop.Wire{Base: a.BaseURL, User: m.Username, Password: m.Password, HTTP: &http.Client{Timeout: shopPatience}}
			continue
		}
		_, key, err := a.CreateKey(ctx, app.System, m.ID, frontKey, []string{"sessions:read", "sessions:write", "orders:read", "orders:write"})
		if err != nil {
			return nil, err
		}
		sellers[m.Username] = sampleshop.Native{Client: client.New(a.BaseURL, key)}
	}
	return sampleshop.New(sampleshop.Config{Home: a.BaseURL, Sellers: sellers, Buyers: sampleshop.Buyers}), nil
}

func endFrontKeys(ctx context.Context, a *app.App) error {
	all, err := a.DB.Keys(ctx)
	if err != nil {
		return err
	}
	for _, k := range all {
		if k.Name == frontKey && k.Live(a.Clock.Now()) {
			if _, err := a.EndAPIKey(ctx, app.System, k.ID, 0); err != nil {
				return err
			}
		}
	}
	return nil
}
