// Command sampleshop is a small shop that sells through the native API with the Go client: goods, a checkout on the
// hosted payment page, and a counter where orders are sent, refunded and cancelled. It is meant to be read.
//
//	ZAHLZIEL_KEY=zz_test_... go run ./integrations/sampleshop --api http://127.0.0.1:8080
package main

import (
	"flag"
	"log"
	"net/http"
	"os"
	"time"

	"zahlziel/client"
)

func main() {
	api := flag.String("api", "http://127.0.0.1:8080", "scheme and host of the server")
	listen := flag.String("listen", "127.0.0.1:8090", "address of the shop")
	home := flag.String("home", "", "scheme and host under which browsers reach the shop; made from -listen if empty")
	flag.Parse()
	key := os.Getenv("ZAHLZIEL_KEY")
	if key == "" {
		log.Fatal("set ZAHLZIEL_KEY to an API key: zahlziel admin key create SHOP")
	}
	if *home == "" {
		*home = "http://" + *listen
	}
	server := &http.Server{Addr: *listen, Handler: newShop(client.New(*api, key), *home), ReadHeaderTimeout: 10 * time.Second}
	log.Printf("the shop is at %s", *home)
	log.Fatal(server.ListenAndServe())
}
