// Package stories tells what the product does, as scripts that run the real
// program: one file in this folder, one story, prose before every step. Each
// runs against a fresh installation on a free port, on SQLite always and on
// PostgreSQL too where ZAHLZIEL_TEST_POSTGRES names a server.
package stories
