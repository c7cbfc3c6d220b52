// Package web is the common ground of every page: layout, components, words, languages,
// security headers and error pages. The pages themselves live in the packages below it.
//
// Three rules hold for every page built on it. Everything works without script: forms post and
// redirect. No markup carries style or script of its own, so the content security policy can be
// strict. Every sentence a person reads comes from words/*.json, in German and in English.
package web
