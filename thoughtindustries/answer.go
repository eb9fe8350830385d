package thoughtindustries

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// updated reads the batch out of the answer to an update.
func updated(result *rest.Result, id string) (*CreditBatch, error) {
	if result.Status == http.StatusNoContent {
		return &CreditBatch{ID: id}, nil
	}
	inner, err := unwrap(result, "UpdateCreditBatch")
	if err != nil {
		return nil, err
	}
	batch := new(CreditBatch)
	if err := result.Decode(inner, batch); err != nil {
		return nil, err
	}
	if strings.EqualFold(batch.ID, id) { // UUIDs may change case on the way
		return batch, nil
	}
	return nil, result.Names(batch.ID, id)
}

var errNoEnvelope = errors.New("the answer holds neither data nor the record itself")

// unwrap finds the object in a success: the vendor's page puts it into
// data.<operation>, its servers have been seen to answer with the bare object,
// and with a list of errors, both with a 200.
func unwrap(result *rest.Result, operation string) (json.RawMessage, error) {
	said := rest.Members(result.Body)
	data, enveloped := said["data"]
	inside := rest.Members(data)
	if refusals := messages(said["errors"]); len(refusals) > 0 {
		return nil, result.Refused(refused(refusals, len(rest.Members(inside[operation])) > 0))
	}
	switch {
	case said == nil:
		return result.Body, nil // not an object: decoding says what it is
	case !enveloped:
		return result.Body, nil
	case inside[operation] != nil:
		return inside[operation], nil
	case len(inside) == 1:
		for _, only := range inside {
			return only, nil
		}
	}
	return nil, result.Unusable(errNoEnvelope)
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
