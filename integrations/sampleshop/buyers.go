package sampleshop

import "zahlziel/web"

// Buyers are invented people for trying the shops; their addresses lie in a domain reserved for tests.
var Buyers = []Buyer{
	{GivenName: "Anna", FamilyName: "Berger", Email: "anna.berger@example.org", Street: "Lindenstraße 5", PostalCode: "80331", City: "München", Born: web.DateValue{Day: "3", Month: "12", Year: "1990"}},
	{GivenName: "Mehmet", FamilyName: "Kaya", Email: "mehmet.kaya@example.org", Street: "Hafenweg 12", PostalCode: "20457", City: "Hamburg", Born: web.DateValue{Day: "17", Month: "5", Year: "1984"}},
	{GivenName: "Lena", FamilyName: "Vogt", Email: "lena.vogt@example.org", Street: "Am Markt 1", PostalCode: "04109", City: "Leipzig", Born: web.DateValue{Day: "29", Month: "2", Year: "2004"}},
}
