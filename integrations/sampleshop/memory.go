package sampleshop

import (
	"crypto/rand"
	"strconv"
	"sync"

	"zahlziel/web"
)

// The shop forgets everything when it stops, and bounds what it remembers: it is a demonstration.
const (
	visitorsMax  = 5_000
	purchasesMax = 5_000
)

// Buyer is what the address form asks.
type Buyer struct {
	GivenName, FamilyName, Email, Street, PostalCode, City string
	Born                                                   web.DateValue
}

// birthDate is YYYY-MM-DD, or empty.
func (b Buyer) birthDate() string {
	if day, ok := b.Born.Parse(); ok {
		return day.String()
	}
	return ""
}

// purchase is one basket on its way to an order.
type purchase struct {
	Secret  string // hides the callback's address
	Visitor string
	Shop    string
	Sale    Sale
	OrderID string // at the provider, once placed
}

// memory holds baskets and purchases.
type memory struct {
	mu        sync.Mutex
	baskets   map[string]map[string]int64 // visitor and shop -> product number -> quantity
	purchases map[string]*purchase        // by order number
	order     []string                    // order numbers, oldest first
	next      int
}

func newMemory() *memory {
	return &memory{baskets: map[string]map[string]int64{}, purchases: map[string]*purchase{}, next: 1001}
}

// quantityMax bounds one line of a basket.
const quantityMax = 9

// change sets the quantity of a product by adding delta; zero removes it.
func (m *memory) change(visitor, shop, sku string, delta int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := visitor + " " + shop
	if m.baskets[key] == nil {
		if len(m.baskets) >= visitorsMax {
			clear(m.baskets)
		}
		m.baskets[key] = map[string]int64{}
	}
	n := min(m.baskets[key][sku]+delta, quantityMax)
	if n <= 0 {
		delete(m.baskets[key], sku)
		return
	}
	m.baskets[key][sku] = n
}

// basketLine is one product in a basket.
type basketLine struct {
	Product  Product
	Quantity int64
}

// Sum is the price of the line.
func (l basketLine) Sum() int64 { return l.Product.Price * l.Quantity }

// basket returns the lines in the order of the range.
func (m *memory) basket(visitor string, r Range) []basketLine {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []basketLine
	for _, p := range r.Products {
		if n := m.baskets[visitor+" "+r.Slug][p.SKU]; n > 0 {
			out = append(out, basketLine{p, n})
		}
	}
	return out
}

func (m *memory) empty(visitor, shop string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.baskets, visitor+" "+shop)
}

// begin numbers a purchase, gives it its addresses below the shop's own, and remembers it; the oldest is forgotten when
// there are too many.
func (m *memory) begin(p purchase, shop string) purchase {
	m.mu.Lock()
	defer m.mu.Unlock()
	no := "B-" + strconv.Itoa(m.next)
	m.next++
	p.Secret, p.Sale.Number = rand.Text(), no
	p.Sale.Returns = Returns{Done: shop + "/back/" + no + "?token={{authorization_token}}", Basket: shop + "/basket",
		Failed: shop + "/failed", Told: shop + "/told/" + no + "/" + p.Secret}
	m.purchases[no] = &p
	m.order = append(m.order, no)
	if len(m.order) > purchasesMax {
		delete(m.purchases, m.order[0])
		m.order = m.order[1:]
	}
	return p
}

// find returns a copy of a purchase.
func (m *memory) find(no string) (purchase, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.purchases[no]
	if !ok {
		return purchase{}, false
	}
	return *p, true
}

// placed notes the provider's order of a purchase; the first one stays.
func (m *memory) placed(no, orderID string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if p := m.purchases[no]; p != nil && p.OrderID == "" {
		p.OrderID = orderID
	}
}

// of lists the placed purchases of a visitor in a shop, newest first.
func (m *memory) of(visitor, shop string) []purchase {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []purchase
	for i := len(m.order) - 1; i >= 0; i-- {
		if p := m.purchases[m.order[i]]; p.Visitor == visitor && p.Shop == shop && p.OrderID != "" {
			out = append(out, *p)
		}
	}
	return out
}
