// Package target describes where the changes of a job go, so that a job is never
// continued with another target.
package target

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/creditkit/creditkit/flexprice"
)

// A Mode says what a run does with the changes.
type Mode string

// The modes.
const (
	Real       Mode = "real run"        // the changes are sent to the vendors
	DryRun     Mode = "dry run"         // the vendors are read and nothing is written
	Fake       Mode = "fake run"        // the changes are sent to fakes in this process
	FakeDryRun Mode = "fake dry run"    // the fakes are read and nothing is written
	notStarted Mode = "not started yet" // a job on a server that no worker has started
)

// ModeOf returns the mode that the flags -fake and -dry-run ask for.
func ModeOf(fake, dryRun bool) Mode {
	switch {
	case fake && dryRun:
		return FakeDryRun
	case fake:
		return Fake
	case dryRun:
		return DryRun
	}
	return Real
}

// IsFake reports whether the changes go to fakes.
func (m Mode) IsFake() bool { return m == Fake || m == FakeDryRun }

// A Target is where the changes of a job go. It holds no secret, so a job continues
// after a key was renewed.
type Target struct {
	Mode    Mode              `json:"mode"`
	Vendors map[string]Vendor `json:"vendors"`
}

// A Vendor is the target at one vendor. Both fields are empty for a fake.
type Vendor struct {
	// Address is the base URL.
	Address string `json:"address,omitempty"`
	// Account is the tenant, instance or sign-in name, if the vendor's environment
	// variables have one.
	Account string `json:"account,omitempty"`
}

// New returns the target of a run for the vendors. baseURLs holds the addresses
// that replace the vendors' own; getenv returns environment variables.
func New(mode Mode, vendors []string, baseURLs map[string]string, getenv func(string) string) Target {
	t := Target{Mode: mode, Vendors: make(map[string]Vendor, len(vendors))}
	for _, name := range vendors {
		if mode.IsFake() {
			t.Vendors[name] = Vendor{}
			continue
		}
		t.Vendors[name] = Vendor{Address: normalizeURL(cmp.Or(baseURLs[name], defaultAddress(name, getenv))), Account: accountOf(name, getenv)}
	}
	return t
}

func defaultAddress(vendor string, getenv func(string) string) string {
	switch vendor {
	case "knox":
		return "https://certifications.api.rhythmsoftware.com"
	case "thoughtindustries":
		host := getenv("THOUGHTINDUSTRIES_INSTANCE")
		if !strings.Contains(host, ".") {
			host += ".thoughtindustries.com"
		}
		return "https://" + host
	case "nexudus":
		return "https://spaces.nexudus.com"
	case "flexprice":
		return cmp.Or(getenv("FLEXPRICE_BASE_URL"), flexprice.RegionUS)
	case "metronome":
		return "https://api.metronome.com"
	}
	return ""
}

func accountOf(vendor string, getenv func(string) string) string {
	switch vendor {
	case "knox":
		return "tenant " + getenv("KNOX_TENANT")
	case "thoughtindustries":
		return "instance " + getenv("THOUGHTINDUSTRIES_INSTANCE")
	case "nexudus":
		if name := getenv("NEXUDUS_EMAIL"); name != "" {
			return "sign-in name " + name
		}
		return "access token" // which does not name its account
	}
	return ""
}

// normalizeURL makes different spellings of an address equal. It removes a user
// name and a password, which the vendors' clients refuse.
func normalizeURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "(invalid URL)" // the text may contain a password
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	return strings.TrimRight(u.String(), "/")
}

// Check returns an error that names both targets if now differs from t.
func (t Target) Check(now Target) error {
	if t.Mode == now.Mode && maps.Equal(t.Vendors, now.Vendors) {
		return nil
	}
	return fmt.Errorf("it was made for another target\n  it was made for: %s\n  this command is: %s", t, now)
}

// String describes the target in one line without commas, quotes and line
// breaks, so that it can be the first line of a CSV file.
func (t Target) String() string {
	if t.Mode == "" {
		return string(notStarted)
	}
	var places []string
	for _, name := range slices.Sorted(maps.Keys(t.Vendors)) {
		places = append(places, t.place(name))
	}
	text := string(t.Mode)
	switch t.Mode {
	case Fake:
		text += "; nothing real is changed; simulated vendors in this process"
	case FakeDryRun:
		text += "; nothing is written; simulated vendors in this process"
	case DryRun:
		text += "; nothing is written"
	}
	return toOneCell(text + ": " + strings.Join(places, "; "))
}

// place describes the target at one vendor.
func (t Target) place(name string) string {
	v := t.Vendors[name]
	place := name
	if v.Address != "" {
		place += " at " + v.Address
	}
	if v.Account != "" {
		place += " (" + v.Account + ")"
	}
	return place
}

// CheckText returns an error unless text, which String has written for another target,
// has the mode of t and every place of t. The other target may have more vendors.
func (t Target) CheckText(text string) error {
	mode, places, _ := strings.Cut(text, ": ")
	wantMode, _, _ := strings.Cut(t.String(), ": ")
	for _, name := range slices.Sorted(maps.Keys(t.Vendors)) {
		if mode != wantMode || !strings.Contains("; "+places+";", "; "+toOneCell(t.place(name))+";") {
			return fmt.Errorf("it was made for another target\n  it was made for: %s\n  this command is: %s", text, t)
		}
	}
	return nil
}

// toOneCell replaces characters that would end a line or a cell.
func toOneCell(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ',':
			return ';'
		case r == '"':
			return '\''
		case r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029':
			return ' '
		}
		return r
	}, s)
}
