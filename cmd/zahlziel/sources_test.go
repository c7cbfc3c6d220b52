package main

import (
	"strings"
	"testing"
	"time"
)

// TestSourcesByFlags: only what has an address is asked, and what is set badly is named.
func TestSourcesByFlags(t *testing.T) {
	good := partner{URL: "https://source.example.org/v1", Secret: "s", Auth: "hmac", Timeout: time.Second, Name: "Quelle"}
	none, err := partners{}.sources()
	if err != nil || none.Bureau != nil || none.Identity != nil || none.Letter != nil {
		t.Errorf("without flags: %+v %v", none, err)
	}
	all, err := partners{good, good, good, good, good, good}.sources()
	if err != nil || all.Bureau == nil || all.Identity == nil || all.Account == nil || all.Address == nil || all.Affordability == nil || all.Letter == nil || all.BureauName != "Quelle" {
		t.Errorf("all: %+v %v", all, err)
	}
	nameless, insecure := good, good
	nameless.Name, insecure.URL = "", "http://source.example.org"
	for want, p := range map[string]partners{"--bureau-name": {Bureau: nameless}, "--identity-url": {Identity: insecure}, "--letter-url: gateway: source.example.org: personal data travel by https only": {Letter: insecure}} {
		if _, err := p.sources(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if s, err := (partners{Identity: nameless}).sources(); err != nil || s.Identity == nil {
		t.Errorf("an identity service needs no name: %v", err)
	}
}
