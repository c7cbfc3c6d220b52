package storetest

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// FreeAddress is a free loopback address whose port lies below those that the system hands out to connections, so that
// none takes it before the test's own server does.
func FreeAddress() (address string, err error) {
	for range 50 {
		address = fmt.Sprintf("127.0.0.1:%d", 15000+rand.IntN(12000))
		var l net.Listener
		if l, err = net.Listen("tcp", address); err == nil {
			return address, l.Close()
		}
	}
	return "", err
}
