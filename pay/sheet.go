package pay

// SheetText keeps a spreadsheet from taking somebody's own text for a formula.
func SheetText(s string) string {
	if s != "" && (s[0] == '=' || s[0] == '+' || s[0] == '-' || s[0] == '@' || s[0] == '\t' || s[0] == '\r') {
		return "'" + s
	}
	return s
}
