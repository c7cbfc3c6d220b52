// Package stories tells what the product does, as scripts that run the real
// program: one file in this folder, one story, prose before every step. Each
// runs against a fresh installation on a free port, on SQLite always and on
// PostgreSQL too where ZAHLZIEL_TEST_POSTGRES names a server.
//
//	go test ./stories -run TestStories/sale/sqlite -v
//
// Besides `exec zahlziel ...` a script has these words; their comments in the
// test files say the rest. Amounts are cents, days YYYY-MM-DD.
//
//	install DAY, shop NAME, server, restart, log    an installation and its server
//	buy, order, ship                                a purchase in one word each
//	http, race                                      any call, and two at once
//	json, header, page, answer                      what was answered
//	mail, mails                                     what people got by mail
//	statement, bank, reference                      what the bank sends
//	cut, killed, twin                               power cuts, and a copy to compare with
//	sql, nowhere                                    what the database holds
package stories
