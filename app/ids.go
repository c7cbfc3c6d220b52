package app

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"

	"zahlziel/pay"
	"zahlziel/store"
)

// newID mints an id in a fresh random cell: a consumer's, session's or merchant's birth.
func (a *App) newID(prefix string) string {
	var b [2]byte
	rand.Read(b[:])
	return pay.MintID(prefix, int(binary.BigEndian.Uint16(b[:])%pay.Cells), a.Clock.Now(), store.Random8())
}

// idOfKey mints an id in a cell that an idempotency key chooses, so that the same request comes to the same bucket again.
// Without a key the cell is random.
func (a *App) idOfKey(prefix string, who Actor, key Key) string {
	if key.Value == "" {
		return a.newID(prefix)
	}
	h := sha256.Sum256([]byte(HashRequest(prefix, who.String(), key.Value)))
	return pay.MintID(prefix, int(binary.BigEndian.Uint16(h[:])%pay.Cells), a.Clock.Now(), store.Random8())
}

// idNear mints an id in the cell of another.
func (a *App) idNear(prefix, near string) string {
	return pay.MintID(prefix, max(pay.CellOf(near), 0), a.Clock.Now(), store.Random8())
}
