// Command cmd runs the sample shops alone, against any server.
//
//	ZAHLZIEL_KEY=zz_test_... go run ./integrations/sampleshop/cmd --api https://pay.example.org
//
// With ZAHLZIEL_USER and ZAHLZIEL_PASSWORD instead of a key they sell through the formats that shop software speaks.
package main

import (
	"flag"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"zahlziel/client"
	"zahlziel/integrations/sampleshop"
	"zahlziel/web"
)

// patience is how long the server may take to answer the wire.
const patience = 10 * time.Second

func main() {
	api := flag.String("api", "http://127.0.0.1:8080", "scheme and host of the server")
	listen := flag.String("listen", "127.0.0.1:8090", "address of the shops")
	home := flag.String("home", "", "scheme and host under which browsers reach the shops; made from -listen if empty")
	flag.Parse()
	base := strings.TrimRight(*api, "/")
	seller := seller(base)
	if seller == nil {
		log.Fatal("set ZAHLZIEL_KEY to an API key (zahlziel admin key create SHOP), or ZAHLZIEL_USER and ZAHLZIEL_PASSWORD to an API login")
	}
	if *home == "" {
		*home = "http://" + *listen
	}
	sellers := map[string]sampleshop.Seller{}
	for _, r := range sampleshop.Ranges {
		sellers[r.Slug] = seller
	}
	site := web.New(web.Config{Secure: strings.HasPrefix(*home, "https://"), Demo: true, Now: time.Now, FormTo: []string{base}})
	pages := http.NewServeMux()
	site.Register(pages)
	shops := sampleshop.New(sampleshop.Config{Home: strings.TrimRight(*home, "/"), Sellers: sellers, Buyers: sampleshop.Buyers})
	pages.Handle(sampleshop.Path, shops)
	pages.Handle(sampleshop.Path+"/", shops)
	pages.Handle("GET /{$}", http.RedirectHandler(sampleshop.Path, http.StatusFound))
	server := &http.Server{Addr: *listen, Handler: site.Wrap(pages), ReadHeaderTimeout: patience}
	log.Printf("the shops are at %s%s", *home, sampleshop.Path)
	log.Fatal(server.ListenAndServe())
}

// seller is made from the credentials of the environment, or nil.
func seller(base string) sampleshop.Seller {
	if key := os.Getenv("ZAHLZIEL_KEY"); key != "" {
		return sampleshop.Native{Client: client.New(base, key)}
	}
	if user, password := os.Getenv("ZAHLZIEL_USER"), os.Getenv("ZAHLZIEL_PASSWORD"); user != "" && password != "" {
		return sampleshop.Wire{Base: base, User: user, Password: password, HTTP: &http.Client{Timeout: patience}}
	}
	return nil
}
