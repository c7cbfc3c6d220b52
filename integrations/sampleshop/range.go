// Package sampleshop is two invented online shops that sell the way a merchant's own server would: through an API of the
// provider, knowing nothing of the program behind it. It is the shop of the demo, it runs alone (folder cmd), and it is
// meant to be read: sell.go says what selling needs, native.go and wire.go do it through either API. Of the provider's
// program it borrows only the building blocks of pages.
package sampleshop

import (
	"context"

	"zahlziel/web"
)

// Product is something a shop sells. Price is gross, in minor units, with 19 % VAT inside.
type Product struct {
	SKU    string
	Price  int64
	Art    string // which drawing
	Colour string // colour class of the drawing
	name   [2]string
	text   [2]string
}

// Name is the product's name in the language of the page.
func (p Product) Name(ctx context.Context) string { return inLanguage(ctx, p.name) }

// Text says in one sentence what the product is.
func (p Product) Text(ctx context.Context) string { return inLanguage(ctx, p.text) }

func inLanguage(ctx context.Context, s [2]string) string {
	if web.LangOf(ctx) == web.English {
		return s[1]
	}
	return s[0]
}

// vatRate is the tax rate of every product: percent times 100, as both APIs want it.
const vatRate = 1900

// taxOf is the VAT inside a gross amount, half up.
func taxOf(gross int64) int64 {
	return (2*gross*vatRate + (10000 + vatRate)) / (2 * (10000 + vatRate))
}

// Range is what one shop offers and how it introduces itself.
type Range struct {
	Slug     string // in addresses and as the class of its colours
	name     [2]string
	claim    [2]string
	Products []Product
}

// Name is the shop's name.
func (r Range) Name(ctx context.Context) string { return inLanguage(ctx, r.name) }

// Claim is the line under the name.
func (r Range) Claim(ctx context.Context) string { return inLanguage(ctx, r.claim) }

// product finds a product by its number.
func (r Range) product(sku string) (Product, bool) {
	for _, p := range r.Products {
		if p.SKU == sku {
			return p, true
		}
	}
	return Product{}, false
}

// Ranges are the two shops.
var Ranges = []Range{
	{
		Slug: "schuhladen", name: [2]string{"Schuhladen Alm", "Alm Shoe Shop"},
		claim: [2]string{"Gute Schuhe für weite Wege", "Good shoes for long ways"},
		Products: []Product{
			{"ALM-42", 12990, "boot", "brown", [2]string{"Wanderstiefel Alm", "Alm hiking boot"}, [2]string{"Leder, wasserdicht, neu besohlbar.", "Leather, waterproof, can be resoled."}},
			{"LAUF-7", 8990, "sneaker", "green", [2]string{"Laufschuh Wiese", "Wiese running shoe"}, [2]string{"Leicht und griffig, auch auf nassem Gras.", "Light, with a good grip, even on wet grass."}},
			{"STADT-3", 7490, "sneaker", "blue", [2]string{"Stadtschuh Gasse", "Gasse city shoe"}, [2]string{"Für jeden Tag, Sohle aus altem Gummi.", "For every day, with a sole of used rubber."}},
			{"SAND-1", 4990, "sandal", "brown", [2]string{"Sandale Ufer", "Ufer sandal"}, [2]string{"Zwei Riemen, die halten.", "Two straps that hold."}},
			{"SOCK-3", 1490, "socks", "red", [2]string{"Wollsocken, drei Paar", "Wool socks, three pairs"}, [2]string{"Warm im Winter, trocken im Sommer.", "Warm in winter, dry in summer."}},
			{"BAND-2", 590, "laces", "green", [2]string{"Schnürsenkel, 150 cm", "Laces, 150 cm"}, [2]string{"Reißfest, für Stiefel und Schuhe.", "Tear-proof, for boots and shoes."}},
		},
	},
	{
		Slug: "lichthaus", name: [2]string{"Lichthaus Nord", "Nord Light House"},
		claim: [2]string{"Lampen, die man reparieren kann", "Lamps that can be repaired"},
		Products: []Product{
			{"STEH-9", 28900, "floor", "brass", [2]string{"Stehlampe Förde", "Förde floor lamp"}, [2]string{"Messing, dimmbar, mit langem Kabel.", "Brass, dimmable, with a long cable."}},
			{"PEND-4", 11900, "pendant", "blue", [2]string{"Pendelleuchte Mole", "Mole pendant"}, [2]string{"Emaille, für den Tisch in der Küche.", "Enamel, for the kitchen table."}},
			{"TISCH-2", 6900, "desk", "red", [2]string{"Schreibtischlampe Kran", "Kran desk lamp"}, [2]string{"Zwei Gelenke und ein schwerer Fuß.", "Two joints and a heavy base."}},
			{"LAT-1", 3950, "lantern", "brass", [2]string{"Laterne Boje", "Boje lantern"}, [2]string{"Mit Akku, acht Stunden Licht.", "With a battery, eight hours of light."}},
			{"KETTE-1", 2450, "string", "red", [2]string{"Lichterkette Hafen", "Hafen string lights"}, [2]string{"Zehn Meter für drinnen und draußen.", "Ten metres for indoors and outdoors."}},
			{"BIRNE-6", 790, "bulb", "brass", [2]string{"Glühbirne, warm, 6 W", "Bulb, warm, 6 W"}, [2]string{"Hält rund fünfzehn Jahre.", "Lasts about fifteen years."}},
		},
	},
}
