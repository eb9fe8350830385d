package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// export exports the credits of an owner, and returns the text of the file.
func (s *site) export(args ...string) (text string) {
	s.t.Helper()
	args = append(append(args, "-out", "export.csv"), quick...)
	if code, out := s.run("export", args...); code != codeDone {
		s.t.Fatalf("exit code %d\n%s", code, out)
	}
	data, err := os.ReadFile(s.dir + "/export.csv")
	if err != nil {
		s.t.Fatal(err)
	}
	return string(data)
}

// Only what was edited is planned, and it expects what was exported.
func TestEditedExportIsPlanned(t *testing.T) {
	s := newSite(t)
	metronome := s.fakes["metronome"]
	second := strings.Replace(string(metronome.Record(metronome.Ref.ID)), metronome.Ref.ID, "m-2", 1)
	if err := metronome.Seed(json.RawMessage(second)); err != nil {
		t.Fatal(err)
	}
	text := s.export("-vendor", "metronome", "-owner", metronome.Ref.Owner)
	rows := s.results(s.dir + "/export.csv")
	if len(rows) != 2 || rows[0]["name"] == "" || rows[0]["total"] == "" || rows[0]["owner"] != metronome.Ref.Owner {
		t.Fatalf("got\n%s", text)
	}
	edited := strings.Replace(text, ","+rows[1]["name"]+",", ",Edited,", 1)
	if edited == text {
		t.Fatalf("no name in\n%s", text)
	}
	s.file("edited.csv", strings.TrimSuffix(edited, "\n"))
	code, out := s.run("plan", "-was", "export.csv", "-in", "edited.csv", "-out", "plan.jsonl")
	if code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	contains(t, out, "2 rows: 1 planned, 1 unchanged, 0 refused")
	for _, line := range s.planLines(s.dir + "/plan.jsonl")[1:] {
		if string(line["status"]) == `"planned"` && (string(line["set"]) != `{"name":"Edited"}` || line["clear"] != nil) {
			t.Errorf("the plan changes more than was edited: %s %s", line["set"], line["clear"])
		}
	}
	if code, out := s.run("apply", "-plan", "plan.jsonl", "-sha256", digestOf(t, out)); code != codeDone || len(metronome.Writes()) != 1 {
		t.Errorf("exit code %d, %d writes\n%s", code, len(metronome.Writes()), out)
	}
	// Both credits have changed since the export: one by the plan.
	code, out = s.run("plan", "-was", "export.csv", "-in", "edited.csv", "-out", "plan.jsonl")
	if code != codeNotAll {
		t.Errorf("exit code %d\n%s", code, out)
	}
	contains(t, out, `name is now "Edited"`)
}

// An emptied cell could mean to clear the field or to leave it alone, so it is refused.
func TestUnclearEditsAreRefused(t *testing.T) {
	s := newSite(t)
	metronome := s.fakes["metronome"]
	text := s.export("-vendor", "metronome", "-owner", metronome.Ref.Owner)
	row := s.results(s.dir + "/export.csv")[0]
	for _, test := range []struct{ name, from, to, want string }{
		{"emptied cell", "," + row["total"] + ",", ",,", "total: the cell is empty, and was " + row["total"]},
		{"other id", metronome.Ref.ID, "m-9", `id: the export does not have the metronome credit "m-9"`},
		{"other owner", metronome.Ref.Owner, "o-9", `owner: is "o-9", and "` + metronome.Ref.Owner + `" in the export`},
		{"what the vendor cannot set", "," + row["balance"] + ",", ",1,", "balance: cannot be set at metronome"},
	} {
		s.file("edited.csv", strings.TrimSuffix(strings.Replace(text, test.from, test.to, 1), "\n"))
		code, out := s.run("plan", "-was", "export.csv", "-in", "edited.csv", "-out", "plan.jsonl")
		if code != codeRefused || len(metronome.Writes()) != 0 {
			t.Errorf("%s: exit code %d", test.name, code)
		}
		contains(t, out, test.want)
	}
	// A file with fewer columns leaves the other fields alone.
	s.file("edited.csv", "vendor,id,owner,name", "metronome,"+metronome.Ref.ID+","+metronome.Ref.Owner+",Edited")
	if code, out := s.run("plan", "-was", "export.csv", "-in", "edited.csv", "-out", "plan.jsonl"); code != codeDone {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// An exported file changes nothing if it is planned as it is, at every vendor with a list,
// whatever the list does not show.
func TestExportPlansNoChange(t *testing.T) {
	s := newSite(t)
	for _, name := range []string{"thoughtindustries", "nexudus", "flexprice", "metronome"} {
		args := []string{"-vendor", name}
		switch name {
		case "flexprice":
			args = append(args, "-owner", credittest.FlexpriceSubscription)
		case "nexudus":
		default:
			args = append(args, "-owner", s.fakes[name].Ref.Owner)
		}
		text := s.export(args...)
		if rows := s.results(s.dir + "/export.csv"); len(rows) == 0 || rows[0]["vendor"] != name {
			t.Errorf("%s: got\n%s", name, text)
		}
		code, out := s.run("plan", append([]string{"-was", "export.csv", "-in", "export.csv", "-out", "plan.jsonl"}, quick...)...)
		if code != codeDone || !strings.Contains(out, " 0 planned, ") {
			t.Errorf("%s: exit code %d\n%s", name, code, out)
		}
	}
}

func TestExportErrors(t *testing.T) {
	s := newSite(t)
	metronome := s.fakes["metronome"]
	s.file("owners.txt", metronome.Ref.Owner, "", "c-2", "c-2")
	s.file("empty.txt", "")
	for _, test := range []struct {
		name, want string
		args       []string
	}{
		{"no list", "knox documents no list of credits", []string{"-vendor", "knox", "-owner", "1", "-out", "e.csv"}},
		{"no owner", "-owner or -owners is required at metronome", []string{"-vendor", "metronome", "-out", "e.csv"}},
		{"no vendor of ours", `"acme" is not one of`, []string{"-vendor", "acme", "-out", "e.csv"}},
		{"other format", "must end in .csv", []string{"-vendor", "metronome", "-owner", "1", "-out", "e.xlsx"}},
		{"owner twice", `line 4: the owner "c-2" occurs twice`, []string{"-vendor", "metronome", "-owners", "owners.txt", "-out", "e.csv"}},
		{"no owners", "has no owner", []string{"-vendor", "metronome", "-owners", "empty.txt", "-out", "e.csv"}},
		{"the owners", "are the same file", []string{"-vendor", "metronome", "-owners", "owners.txt", "-out", "owners.txt"}},
	} {
		if test.name == "the owners" {
			s.file("owners.csv", metronome.Ref.Owner)
			test.args = []string{"-vendor", "metronome", "-owners", "owners.csv", "-out", "owners.csv"}
		}
		code, out := s.run("export", test.args...)
		if code != codeRefused || s.requests() != 0 {
			t.Errorf("%s: exit code %d, %d requests", test.name, code, s.requests())
		}
		contains(t, out, test.want)
	}
	// A list that breaks off leaves no file.
	metronome.Queue(credittest.Respond(403, `{"message":"no"}`))
	s.file("owners.txt", metronome.Ref.Owner, "c-2")
	code, out := s.run("export", "-vendor", "metronome", "-owners", "owners.txt", "-out", "e.csv")
	if _, err := os.Stat(s.dir + "/e.csv"); code != codeRefused || err == nil {
		t.Errorf("exit code %d, %v\n%s", code, err, out)
	}
	contains(t, out, "nothing was exported")
	s.file("owners.txt", "", metronome.Ref.Owner)
	code, out = s.run("export", "-vendor", "metronome", "-owners", "owners.txt", "-out", "e.csv", "-bom")
	if code != codeDone {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if line := firstLine(t, s.dir+"/e.csv"); !strings.HasPrefix(line, "\ufeffvendor,id,owner,") {
		t.Errorf("got %q", line)
	}
}

// Texts of a vendor that look like formulas come back as they were, and are mentioned.
func TestExportMentionsFormulas(t *testing.T) {
	s := newSite(t)
	s.update("metronome", credit.Patch{Name: credit.Set("=1+1")})
	code, out := s.run("export", "-vendor", "metronome", "-owner", s.fakes["metronome"].Ref.Owner, "-out", "e.csv")
	if code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	contains(t, out, "1 name or note begins with a character of a formula")
	if rows := s.results(s.dir + "/e.csv"); rows[0]["name"] != "=1+1" {
		t.Errorf("got %v", rows)
	}
}
