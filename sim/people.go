package sim

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"

	"zahlziel/bankfile"
	"zahlziel/cal"
	"zahlziel/pay"
)

// The names are invented by mixing common given names, family names and streets; nobody real is meant.
var (
	givenNames = []string{"Jonas", "Miriam", "Torben", "Aylin", "Frieda", "Karsten", "Nadja", "Emre", "Hannelore", "Oskar",
		"Svenja", "Rafael", "Greta", "Dariusz", "Ulrike", "Moritz", "Fatma", "Holger", "Selina", "Anton",
		"Birgit", "Levin", "Zeynep", "Gerd", "Paulina", "Ruben", "Katrin", "Milan", "Edith", "Joris"}
	familyNames = []string{"Albers", "Brandt", "Cordes", "Demir", "Ebert", "Förster", "Grothe", "Heller", "Ilgner", "Jahnke",
		"Kessler", "Lorenz", "Marquardt", "Nowak", "Ostermann", "Paulsen", "Quast", "Reimers", "Stahl", "Thiele",
		"Uhlig", "Vetter", "Wendt", "Yıldız", "Zimmer", "Behrens", "Dorn", "Engel", "Fink", "Hansen"}
	streets = []string{"Ahornweg", "Bachstraße", "Dorfplatz", "Eichenallee", "Feldstraße", "Gartenstraße", "Hauptstraße",
		"Im Winkel", "Kirchgasse", "Lerchenweg", "Mühlenstraße", "Neuer Weg", "Parkallee", "Rosenweg", "Schulstraße"}
	towns = [][2]string{{"10115", "Berlin"}, {"20095", "Hamburg"}, {"30159", "Hannover"}, {"40213", "Düsseldorf"}, {"50667", "Köln"},
		{"60311", "Frankfurt am Main"}, {"70173", "Stuttgart"}, {"80331", "München"}, {"90402", "Nürnberg"}, {"01067", "Dresden"},
		{"04109", "Leipzig"}, {"24103", "Kiel"}, {"28195", "Bremen"}, {"44135", "Dortmund"}, {"99084", "Erfurt"}}
	latin = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "ı", "i")
)

// person is who buys in the world.
type person struct {
	address pay.Address
	born    cal.Day
	iban    bankfile.IBAN
	english bool
}

// newPerson makes the n-th person of a seed, adult on the given day.
func newPerson(rnd *rand.Rand, n int, today cal.Day) person {
	given, family := givenNames[n%len(givenNames)], familyNames[(n*7+n/len(givenNames))%len(familyNames)]
	local := latin.Replace(strings.ToLower(given + "." + family))
	if round := n / len(givenNames); round > 0 {
		local = fmt.Sprintf("%s%d", local, round+1)
	}
	p := person{born: cal.AddMonths(today, -12*(20+rnd.IntN(50))) - cal.Day(rnd.IntN(360)), iban: germanIBAN("99900000", int64(1000000+n*7919+rnd.IntN(7000)))}
	p.address = newAddress(rnd)
	p.address.GivenName, p.address.FamilyName, p.address.Email = given, family, local+"@example.org"
	p.address.Phone = fmt.Sprintf("+49 30 23125 %03d", n) // a range that the Bundesnetzagentur keeps free for fiction
	return p
}

// newAddress is a street and a town without a name.
func newAddress(rnd *rand.Rand) pay.Address {
	town := towns[rnd.IntN(len(towns))]
	return pay.Address{Street: fmt.Sprintf("%s %d", streets[rnd.IntN(len(streets))], 1+rnd.IntN(98)), PostalCode: town[0], City: town[1], Country: "DE"}
}

// germanIBAN computes the check digits of a German account (ISO 13616).
func germanIBAN(bankCode string, account int64) bankfile.IBAN {
	bban := fmt.Sprintf("%s%010d", bankCode, account)
	n, ok := new(big.Int).SetString(bban+"131400", 10) // D is 13, E is 14
	if !ok {
		panic("an account of digits is a number")
	}
	rest := new(big.Int).Mod(n, big.NewInt(97)).Int64()
	return bankfile.IBAN(fmt.Sprintf("DE%02d%s", 98-rest, bban))
}
