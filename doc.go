// Package zahlziel is the root of the module: a self-hosted platform for buying
// on invoice, paying later and paying in parts.
//
// It holds no code of its own, only the house rules as tests: arch_test.go says
// who may import whom, tidy_test.go says how the source has to look.
package zahlziel
