package vendor_test

import (
	"net/http"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

func TestKnoxRequestsTokenWithCredentials(t *testing.T) {
	fake := credittest.NewKnox(t)
	client, err := vendor.Knox(t.Context(), mapEnv(map[string]string{
		"KNOX_TENANT": "example.org", "KNOX_DOMAIN": fake.URL, "KNOX_CLIENT_ID": "id", "KNOX_CLIENT_SECRET": "secret",
	}), credit.WithBaseURL(fake.URL))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.GetCredit(t.Context(), fake.Ref.ID); err != nil {
		t.Fatal(err)
	}
	if got := fake.TokensIssued(); got != 1 {
		t.Errorf("the fake issued %d tokens, want 1", got)
	}
}

func TestKnoxUsesAccessToken(t *testing.T) {
	fake := credittest.NewKnox(t)
	client, err := vendor.Knox(t.Context(), mapEnv(map[string]string{"KNOX_TENANT": "example.org", "KNOX_ACCESS_TOKEN": "ready"}), credit.WithBaseURL(fake.URL))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.GetCredit(t.Context(), fake.Ref.ID); err != nil {
		t.Fatal(err)
	}
	if got := fake.Requests()[0].Header.Get("Authorization"); got != "Bearer ready" {
		t.Errorf("Authorization is %q", got)
	}
}

func TestNexudusSignsInWithAllVariables(t *testing.T) {
	signIn := make(chan *http.Request, 1)
	ctx := captureTokenRequests(t.Context(), signIn)
	client, err := vendor.Nexudus(ctx, mapEnv(map[string]string{
		"NEXUDUS_EMAIL": "a@example.org", "NEXUDUS_PASSWORD": "secret", "NEXUDUS_TOTP": "123456", "NEXUDUS_CLIENT_ID": "desk",
	}), credit.WithTransport(failingTransport{}), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.GetCoworkerBookingCredit(ctx, 1); err == nil {
		t.Fatal("no error although every sign-in fails")
	}
	req := <-signIn
	if err := req.ParseForm(); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		member string
		want   string
	}{{"username", "a@example.org"}, {"password", "secret"}, {"totp", "123456"}} {
		if got := req.PostForm.Get(test.member); got != test.want {
			t.Errorf("%s is %q, want %q", test.member, got, test.want)
		}
	}
	if got := req.Header["client_id"]; len(got) != 1 || got[0] != "desk" {
		t.Errorf("client_id is %q", got)
	}
}

func TestFlexpriceBaseURLFromEnvironment(t *testing.T) {
	region, other := credittest.NewFlexprice(t), credittest.NewFlexprice(t)
	given := mapEnv(map[string]string{"FLEXPRICE_API_KEY": "key", "FLEXPRICE_BASE_URL": region.URL})

	client, err := vendor.Flexprice(t.Context(), given)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.GetCreditGrant(t.Context(), region.Ref.ID); err != nil {
		t.Fatal(err)
	}
	client, err = vendor.Flexprice(t.Context(), given, credit.WithBaseURL(other.URL))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.GetCreditGrant(t.Context(), region.Ref.ID); err != nil {
		t.Fatal(err)
	}
	if a, b := len(region.Requests()), len(other.Requests()); a != 1 || b != 1 {
		t.Errorf("the region had %d requests and the other address %d", a, b)
	}
}

func TestInvalidFlexpriceBaseURLNamesVariable(t *testing.T) {
	_, err := vendor.Flexprice(t.Context(), mapEnv(map[string]string{"FLEXPRICE_API_KEY": "key", "FLEXPRICE_BASE_URL": "us"}),
		credit.WithBaseURL("https://example.org"))
	if want := "flexprice: invalid FLEXPRICE_BASE_URL: must start with https://; nothing was sent"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
