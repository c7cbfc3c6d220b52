# Every command a developer needs. `make` alone prints this menu.

export CGO_ENABLED = 0

.DEFAULT_GOAL := menu
.PHONY: menu run build generate check nightly bench shots clean

menu: ## print this menu
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

run: build ## a living demo on http://127.0.0.1:8080, its world in ./data
	bin/zahlziel demo

build: ## bin/zahlziel, one static binary
	go build -trimpath -o bin/zahlziel ./cmd/zahlziel

generate: ## write the Go code of the page templates again
	go tool -modfile=tools.mod templ generate

check: ## everything that CI runs: style, analysis, all tests on both databases
	scripts/check

nightly: ## long property runs, the race detector and soaks (hours)
	scripts/nightly

bench: build ## orders per second and latency on this machine
	bin/zahlziel bench

shots: ## take the reference screenshots of the pages again (look at them: bin/shots holds every state)
	ZAHLZIEL_UPDATE_SHOTS=1 go test ./stories/browser -count=1
	ZAHLZIEL_UPDATE_SHOTS=1 go test ./web/... -run Shot -count=1

clean: ## remove the binary; the demo world in ./data stays
	rm -rf bin
