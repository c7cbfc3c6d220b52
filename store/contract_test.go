package store_test

import (
	"testing"

	"zahlziel/store/storetest"
)

func TestContractOnSQLite(t *testing.T) {
	t.Parallel()
	storetest.Contract(t, storetest.SQLite)
}

func TestContractOnPostgres(t *testing.T) {
	t.Parallel()
	storetest.Contract(t, storetest.Postgres)
}
