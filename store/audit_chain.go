package store

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"zahlziel/pay"
)

// laneProof is the progress along one lane's chain and the window of its leaves that is held.
type laneProof struct {
	n      int
	seq    int64  // proved up to here
	head   []byte // head behind seq
	last   int64  // what the lane's row says
	first  int64  // the window's first link
	starts []int  // where each link's leaves start; one more at the end
	leaves []byte
	seen   []bool
	blind  []int // per link: rows whose content is unknown
}

func (a *auditor) openLanes() error {
	rows, err := a.tx.QueryContext(a.ctx, "SELECT bucket, seq FROM lanes ORDER BY bucket")
	if err != nil {
		return err
	}
	defer rows.Close()
	a.lanes = map[int]*laneProof{}
	for rows.Next() {
		l := &laneProof{}
		if err := rows.Scan(&l.n, &l.last); err != nil {
			return err
		}
		a.lanes[l.n] = l
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return a.strayLinks()
}

// strayLinks proves that no link lies outside the lanes or behind a lane's end.
func (a *auditor) strayLinks() error {
	var lane int
	var seq int64
	err := a.tx.QueryRowContext(a.ctx, "SELECT links.bucket, links.seq FROM links LEFT JOIN lanes ON lanes.bucket = links.bucket WHERE lanes.bucket IS NULL OR links.seq > lanes.seq LIMIT 1").Scan(&lane, &seq)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return differs("links", lane, fmt.Sprint(seq), "link", "present", "behind the lane's end")
}

// nextWindow proves the next links of all lanes and holds their leaves; more says that links are left.
func (a *auditor) nextWindow() (more bool, err error) {
	room := a.o.WindowLeaves
	for _, n := range a.laneNumbers() {
		l := a.lanes[n]
		l.first, l.starts, l.leaves, l.blind = l.seq+1, []int{0}, nil, nil
		for l.seq < l.last && room > 0 {
			before := len(l.leaves)
			if err := a.extend(l); err != nil {
				return false, err
			}
			room -= (len(l.leaves) - before) / sha256.Size
		}
		l.seen = make([]bool, len(l.leaves)/sha256.Size)
		more = more || l.seq < l.last
		if l.seq == l.last {
			if err := a.checkHead(l); err != nil {
				return false, err
			}
		}
	}
	return more, nil
}

func (a *auditor) laneNumbers() []int {
	var out []int
	for n := range a.lanes {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// extend proves the next page of a lane's links.
func (a *auditor) extend(l *laneProof) error {
	rows, err := a.tx.QueryContext(a.ctx, "SELECT seq, at, leaves, head FROM links WHERE bucket = $1 AND seq > $2 ORDER BY seq LIMIT 500", l.n, l.seq)
	if err != nil {
		return err
	}
	defer rows.Close()
	from := l.seq
	for rows.Next() {
		var seq, at int64
		var leaves, head []byte
		if err := rows.Scan(&seq, &at, &leaves, &head); err != nil {
			return err
		}
		if seq != l.seq+1 || len(leaves)%sha256.Size != 0 {
			return differs("links", l.n, fmt.Sprint(seq), "link after "+fmt.Sprint(l.seq), seq, l.seq+1)
		}
		if proved := ChainHead(l.head, seq, at, leaves); !bytes.Equal(proved, head) {
			return differs("links", l.n, fmt.Sprint(seq), "head", fmt.Sprintf("%x", head), fmt.Sprintf("%x", proved))
		}
		l.seq, l.head = seq, head
		l.leaves = append(l.leaves, leaves...)
		l.starts = append(l.starts, len(l.leaves)/sha256.Size)
		l.blind = append(l.blind, 0)
		a.r.Links++
	}
	if l.seq == from && rows.Err() == nil {
		return differs("lanes", l.n, fmt.Sprint(l.n), "seq, against its links", l.last, l.seq)
	}
	return rows.Err()
}

// checkHead proves the end that a lane's row names.
func (a *auditor) checkHead(l *laneProof) error {
	var head []byte
	if err := a.tx.QueryRowContext(a.ctx, "SELECT head FROM lanes WHERE bucket = $1", l.n).Scan(&head); err != nil {
		return err
	}
	if !bytes.Equal(head, l.head) {
		return differs("lanes", l.n, fmt.Sprint(l.n), "head", fmt.Sprintf("%x", head), fmt.Sprintf("%x", l.head))
	}
	return nil
}

// leaf proves that a row's commitment is one of its link's leaves. A nil commitment takes any leaf that is left over.
func (a *auditor) leaf(table string, bucket int, id string, lane int, link int64, commitment []byte) error {
	l := a.lanes[lane]
	if l == nil || link < 1 || link > l.last {
		return differs(table, bucket, id, "link", fmt.Sprintf("%d of lane %d", link, lane), "no such link")
	}
	i := link - l.first
	if i < 0 || i >= int64(len(l.blind)) {
		return nil // another window's
	}
	if commitment == nil {
		l.blind[i]++
		return nil
	}
	for n := l.starts[i]; n < l.starts[i+1]; n++ {
		if !l.seen[n] && bytes.Equal(l.leaves[n*sha256.Size:(n+1)*sha256.Size], commitment) {
			l.seen[n] = true
			return nil
		}
	}
	return differs(table, bucket, id, fmt.Sprintf("content, against the leaves of link %d of lane %d", link, lane), fmt.Sprintf("%x", commitment), "no such leaf")
}

// checkWindow proves that every leaf of the window has its row.
func (a *auditor) checkWindow() error {
	for _, n := range a.laneNumbers() {
		l := a.lanes[n]
		for i, blind := range l.blind {
			lost := -blind
			for n := l.starts[i]; n < l.starts[i+1]; n++ {
				if !l.seen[n] {
					lost++
				}
			}
			if lost != 0 {
				leaves := l.starts[i+1] - l.starts[i]
				return differs("links", l.n, fmt.Sprint(l.first+int64(i)), "leaves, against the postings, decisions, promises and looks of the link", leaves, leaves-lost)
			}
		}
		a.r.Leaves += int64(len(l.seen))
	}
	return nil
}

// checkDecisions holds the decisions of a bucket against the chain.
func (a *auditor) checkDecisions(bucket int, first bool) error {
	return pages(a, Decisions, bucket, func(rows []*pay.DecisionRow, _ bool) error {
		for _, r := range rows {
			var content []byte
			var err error
			if a.o.DecisionContent != nil && len(r.Salt) > 0 {
				if content, err = a.o.DecisionContent(r); err != nil {
					return fmt.Errorf("open the record of decision %s: %w", r.ID, err)
				}
			}
			if first {
				a.r.Decisions++
			}
			if err := a.leaf("decisions", bucket, string(r.ID), r.Lane, r.Link, a.commitment(first, r.Salt, content)); err != nil {
				return err
			}
		}
		return nil
	})
}

// commitment is nil for content that is erased or not opened.
func (a *auditor) commitment(first bool, salt, content []byte) []byte {
	if len(salt) > 0 && content != nil {
		return Commitment(salt, content)
	}
	if first && len(salt) == 0 {
		a.r.Erased++
	} else if first {
		a.r.Unopened++
	}
	return nil
}

// checkLooks holds the audit trail of a bucket against the chain.
func (a *auditor) checkLooks(bucket int, first bool) error {
	return pages(a, Looks, bucket, func(rows []*pay.Look, _ bool) error {
		for _, r := range rows {
			if first {
				a.r.Looks++
			}
			if err := a.leaf("audit", bucket, string(r.ID), r.Lane, r.Link, a.commitment(first, r.Salt, lookContent(r))); err != nil {
				return err
			}
		}
		return nil
	})
}

// checkPayments proves that what a payment says is assigned lies on invoices or is on its way there, and that no
// allocation hangs in the air. Money that waited as the consumer's credit has no payment of its own.
func (a *auditor) checkPayments() error {
	if err := a.tx.QueryRowContext(a.ctx, "SELECT COUNT(*) FROM payments").Scan(&a.r.Payments); err != nil {
		return err
	}
	rows, err := a.tx.QueryContext(a.ctx, `SELECT p.bucket, p.id, p.amount, p.assigned, COALESCE(s.total, 0) FROM payments p
		LEFT JOIN (SELECT payment_id, CAST(SUM(amount) AS BIGINT) AS total FROM allocations GROUP BY payment_id) s ON s.payment_id = p.id
		WHERE p.assigned <> COALESCE(s.total, 0) OR p.assigned < 0 OR p.assigned > p.amount AND p.assigned > 0`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var bucket int
		var id string
		var amount, assigned, total int64
		if err := rows.Scan(&bucket, &id, &amount, &assigned, &total); err != nil {
			return err
		}
		if proved := total + a.transit[id]; assigned != proved {
			return differs("payments", bucket, id, "assigned, against its allocations", assigned, proved)
		}
		if assigned < 0 || assigned > max(amount, 0) {
			return differs("payments", bucket, id, "assigned, at most the amount", assigned, amount)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return a.strayAllocations()
}

func (a *auditor) strayAllocations() error {
	var bucket int
	var id string
	err := a.tx.QueryRowContext(a.ctx, `SELECT s.bucket, s.id FROM allocations s LEFT JOIN payments p ON p.id = s.payment_id
		WHERE p.id IS NULL AND s.rule <> 'prepayment' LIMIT 1`).Scan(&bucket, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return differs("allocations", bucket, id, "payment", id, "no such payment")
}
