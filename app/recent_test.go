package app

import "testing"

func TestRecentForgetsWhatIsNotUsed(t *testing.T) {
	r := newRecent[int, string](2)
	r.put(1, "a")
	r.put(2, "b")
	r.put(3, "c") // 1 and 2 are old now
	if v, ok := r.get(1); !ok || v != "a" {
		t.Fatalf("1: %q %v", v, ok)
	}
	r.put(4, "d") // 1 and 3 are old now, 2 is gone
	if _, ok := r.get(2); ok {
		t.Fatal("2 was not used and is still kept")
	}
	for k, want := range map[int]string{1: "a", 3: "c", 4: "d"} {
		if v, ok := r.get(k); !ok || v != want {
			t.Fatalf("%d: %q %v", k, v, ok)
		}
	}
	if n := len(r.young) + len(r.old); n > 4 {
		t.Fatalf("%d values are kept", n)
	}
}
