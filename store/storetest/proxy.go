package storetest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Fate is what a Proxy does to a COMMIT.
type Fate int

// The fates of a COMMIT: it passes; it arrives but its answer is lost; it is lost itself; or the program loses the
// connection at once while the COMMIT arrives later.
const (
	Pass Fate = iota
	AnswerLost
	CommitLost
	CommitLate
)

// Proxy stands between program and PostgreSQL and loses connections, at any moment or just around a COMMIT.
type Proxy struct {
	listener net.Listener
	server   string
	fate     atomic.Pointer[func() Fate]
	mu       sync.Mutex
	open     map[*pair]bool
}

type pair struct {
	client, server net.Conn
	mute           atomic.Bool
	commits        map[string]bool // names of prepared statements that say COMMIT
}

// Through starts a proxy and returns it with the database as seen through it.
func (d Database) Through(t testing.TB) (*Proxy, Database) {
	u, err := url.Parse(d.DSN)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: listener, server: u.Host, open: map[*pair]bool{}}
	p.Judge(func() Fate { return Pass })
	go p.serve()
	t.Cleanup(func() { listener.Close(); p.Cut(0) })
	u.Host = listener.Addr().String()
	return p, Database{DSN: u.String(), Postgres: true}
}

// Judge sets who decides the fate of each COMMIT from now on.
func (p *Proxy) Judge(f func() Fate) { p.fate.Store(&f) }

func (p *Proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			client.Close()
			continue
		}
		c := &pair{client: client, server: server, commits: map[string]bool{}}
		p.mu.Lock()
		p.open[c] = true
		p.mu.Unlock()
		go func() { p.forward(c); p.close(c) }()
		go func() { io.Copy(answers{c}, server); p.close(c) }()
	}
}

// answers passes what the server says until the pair is mute.
type answers struct{ *pair }

func (a answers) Write(b []byte) (int, error) {
	if a.mute.Load() {
		return len(b), nil
	}
	return a.client.Write(b)
}

// forward passes the program's messages; one that executes COMMIT meets its fate together with what comes up to the next Sync.
func (p *Proxy) forward(c *pair) {
	r := bufio.NewReader(c.client)
	first, err := message(r, 0)
	if err == nil {
		_, err = c.server.Write(first)
	}
	for err == nil {
		var m []byte
		if m, err = message(r, 1); err != nil {
			return
		}
		if !c.commit(m) {
			_, err = c.server.Write(m)
			continue
		}
		for m[lastMessage(m)] != 'S' && err == nil {
			var more []byte
			more, err = message(r, 1)
			m = append(m, more...)
		}
		if err == nil {
			err = p.meet(c, m, (*p.fate.Load())())
		}
	}
}

// meet lets a COMMIT meet its fate.
func (p *Proxy) meet(c *pair, m []byte, f Fate) error {
	switch f {
	case AnswerLost:
		c.mute.Store(true)
		c.server.Write(m)
		time.Sleep(10 * time.Millisecond)
		return io.ErrClosedPipe
	case CommitLost:
		return io.ErrClosedPipe
	case CommitLate:
		c.mute.Store(true)
		c.client.Close()
		time.Sleep(60 * time.Millisecond)
		c.server.Write(m)
		time.Sleep(20 * time.Millisecond)
		return io.ErrClosedPipe
	}
	_, err := c.server.Write(m)
	return err
}

// message reads one message of the PostgreSQL protocol: a type byte, except in the first, a length, and a body.
func message(r *bufio.Reader, typed int) ([]byte, error) {
	head := make([]byte, typed+4)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	m := append(head, make([]byte, int(binary.BigEndian.Uint32(head[typed:]))-4)...)
	_, err := io.ReadFull(r, m[typed+4:])
	return m, err
}

// lastMessage is where the last of several messages starts.
func lastMessage(m []byte) int {
	at := 0
	for {
		next := at + 1 + int(binary.BigEndian.Uint32(m[at+1:]))
		if next >= len(m) {
			return at
		}
		at = next
	}
}

// commit notes statements that are prepared as COMMIT and reports whether this message binds one of them.
func (c *pair) commit(m []byte) bool {
	parts := bytes.SplitN(m[5:], []byte{0}, 3)
	switch m[0] {
	case 'P':
		c.commits[string(parts[0])] = bytes.EqualFold(parts[1], []byte("COMMIT"))
	case 'B':
		return c.commits[string(parts[1])]
	}
	return false
}

func (p *Proxy) close(c *pair) {
	c.client.Close()
	c.server.Close()
	p.mu.Lock()
	delete(p.open, c)
	p.mu.Unlock()
}

// Cut mutes every connection, waits, and closes them.
func (p *Proxy) Cut(wait time.Duration) {
	p.mu.Lock()
	var all []*pair
	for c := range p.open {
		c.mute.Store(true)
		all = append(all, c)
	}
	p.mu.Unlock()
	time.Sleep(wait)
	for _, c := range all {
		p.close(c)
	}
}
