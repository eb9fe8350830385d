package thoughtindustries

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// updated reads the batch out of the answer to an update, and gives its text,
// which a 204 has not.
func updated(result *rest.Result, id string) (*CreditBatch, json.RawMessage, error) {
	if result.Status == http.StatusNoContent {
		return &CreditBatch{ID: id}, nil, nil
	}
	batch := new(CreditBatch)
	object, err := unwrap(result, "UpdateCreditBatch", batch)
	if err != nil {
		return nil, nil, err
	}
	if !strings.EqualFold(batch.ID, id) { // a UUID may change case on the way
		return nil, nil, result.Names(batch.ID, id)
	}
	return batch, object, nil
}

// unwrap finds the object in a success and decodes it into out. The vendor's page puts it
// into data.<operation>; its servers have been seen to answer with the bare
// object, and with a list of errors, both with a 200.
func unwrap(result *rest.Result, operation string, out any) (json.RawMessage, error) {
	said := rest.Members(result.Body)
	object := json.RawMessage(result.Body)
	data, enveloped := said["data"]
	if enveloped {
		object = inside(data, operation)
	}
	if refusals := messages(said["errors"]); len(refusals) > 0 {
		withRecord := said["id"] != nil || enveloped && len(rest.Members(object)) > 0
		return nil, result.Refused(refused(refusals, withRecord))
	}
	return object, result.Decode(object, out)
}

// inside is the object in an envelope, whatever its name. Whether it is the
// right one shows when it is decoded.
func inside(data json.RawMessage, operation string) json.RawMessage {
	members := rest.Members(data)
	if object, found := members[operation]; found {
		return object
	}
	if len(members) == 1 {
		for _, only := range members {
			return only
		}
	}
	return data
}

// refused is a no with a 200. Where the record is there as well, nobody knows
// which of the two holds.
func refused(messages []string, withRecord bool) rest.Refusal {
	r := rest.Refusal{Kind: credit.ErrInvalid, Outcome: credit.Rejected, Message: strings.Join(messages, "; ")}
	if strings.Contains(strings.ToLower(r.Message), "not found") {
		r.Kind = credit.ErrNotFound
	}
	if withRecord {
		r.Outcome = credit.Unknown
	}
	return r
}

// messages reads [{"message": "..."}] or ["..."]. Anything else but null and an
// empty list is one error, if without words.
func messages(raw json.RawMessage) []string {
	if raw == nil {
		return nil
	}
	var entries []json.RawMessage
	if json.Unmarshal(raw, &entries) != nil {
		entries = []json.RawMessage{raw}
	}
	var all []string
	for _, entry := range entries {
		all = append(all, cmp.Or(
			rest.Text(rest.Members(entry)["message"]),
			rest.Text(entry),
			"an error without a message",
		))
	}
	return all
}
