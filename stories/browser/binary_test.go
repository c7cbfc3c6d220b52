package browser_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"zahlziel/store/storetest"
)

// build makes the binary while the stories begin; the answer comes through the channel.
func (h *house) build() <-chan error {
	built := make(chan error, 1)
	go func() {
		out, err := exec.Command("go", "build", "-o", h.bin, "zahlziel/cmd/zahlziel").CombinedOutput()
		if err != nil {
			err = fmt.Errorf("go build: %w\n%s", err, out)
		}
		built <- err
	}()
	return built
}

// binary takes over the world of the stories with the real program, which has to answer behind the same doors.
func binary(t *testing.T) {
	must(t, <-program.built)
	program.close()
	public, private := freeAddress(t), freeAddress(t)
	program.url = "http://" + public
	server := exec.Command(program.bin, "demo", "--data", program.data, "--base-url", program.url, "--listen", public, "--admin-listen", private)
	server.Stdout, server.Stderr = io.Discard, &program.log
	must(t, server.Start())
	t.Cleanup(func() { stop(t, server) })
	ready(t, "http://"+private+"/readyz")

	b := newTab(t, "de")
	for path, words := range map[string]string{"/": "Erst die Ware, dann bezahlen", "/demo": "Schuhladen Alm", "/demo/lichthaus": "Laterne Boje", "/me": "Sie brauchen kein Passwort.",
		"/desk": "Passwort", "/mailbox/": "Postfach", "/catalogue": ""} {
		b.open(path)
		b.says(words)
	}
	b.put("SAND-1")
	b.orderAs(nora)
	b.says("Wer kauft ein?", "49,90 €")
}

func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := storetest.FreeAddress()
	must(t, err)
	return address
}

// ready waits until the program says that it is.
func ready(t *testing.T, address string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if res, err := http.Get(address); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
	}
	t.Fatalf("the program is not ready after a minute:\n%s", program.log.String())
}

// stop ends the program the way an operator does.
func stop(t *testing.T, server *exec.Cmd) {
	_ = server.Process.Signal(os.Interrupt)
	done := make(chan error, 1)
	go func() { done <- server.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("the program ends with %v:\n%s", err, program.log.String())
		}
	case <-time.After(25 * time.Second):
		_ = server.Process.Kill()
		t.Error("the program does not stop when asked to")
	}
}
