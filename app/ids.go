package app

import (
	"crypto/rand"
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

// idNear mints an id in the cell of another.
func (a *App) idNear(prefix, near string) string {
	return pay.MintID(prefix, max(pay.CellOf(near), 0), a.Clock.Now(), store.Random8())
}
