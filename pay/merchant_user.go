package pay

// MerchantUserID names a person of a merchant.
type MerchantUserID string // mus_

// PrefixMerchantUser is the prefix of a MerchantUserID.
const PrefixMerchantUser = "mus"

// MerchantUser is a person of a merchant who signs in to the merchant's pages. One person may work for several merchants.
type MerchantUser struct {
	ID         MerchantUserID
	MerchantID MerchantID
	Digest     string // blind index of the e-mail address
	Role       string // RoleOwner, RoleMember
	Active     bool
	CreatedAt  Micros
	VisitsFrom Micros // visits that began until then are over: the person was ended
	Sealed     []byte // MerchantPerson
}

// MerchantPerson is who a merchant's user is. Personal data.
type MerchantPerson struct {
	Email    string `json:"email"`
	Name     string `json:"name,omitempty"`
	Language string `json:"language"` // de, en
}

// Roles of a merchant's users: a member reads, an owner also changes keys, addresses and users and answers.
const (
	RoleOwner  = "owner"
	RoleMember = "member"
)

// MerchantRoles are the roles of a merchant's users, least first.
var MerchantRoles = []string{RoleMember, RoleOwner}
