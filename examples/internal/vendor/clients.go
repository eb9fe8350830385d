package vendor

import (
	"context"
	"errors"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// Knox returns a client of knox. Token requests use ctx.
func Knox(ctx context.Context, getenv func(string) string, opts ...credit.Option) (*knox.Client, error) {
	if err := knoxRequirements.checkEnv(getenv); err != nil {
		return nil, err
	}
	if token := getenv(knoxRequirements.token); token != "" {
		return knox.New(getenv("KNOX_TENANT"), credit.StaticToken(token), opts...)
	}
	return knox.New(getenv("KNOX_TENANT"), knox.ClientCredentials{
		Domain:       getenv("KNOX_DOMAIN"),
		ClientID:     getenv("KNOX_CLIENT_ID"),
		ClientSecret: getenv("KNOX_CLIENT_SECRET"),
	}.TokenSource(ctx), opts...)
}

// ThoughtIndustries returns a client of thoughtindustries.
func ThoughtIndustries(_ context.Context, getenv func(string) string, opts ...credit.Option) (*thoughtindustries.Client, error) {
	if err := thoughtIndustriesRequirements.checkEnv(getenv); err != nil {
		return nil, err
	}
	return thoughtindustries.New(getenv("THOUGHTINDUSTRIES_INSTANCE"), getenv("THOUGHTINDUSTRIES_API_KEY"), opts...)
}

// Nexudus returns a client of nexudus. Token requests use ctx.
func Nexudus(ctx context.Context, getenv func(string) string, opts ...credit.Option) (*nexudus.Client, error) {
	if err := nexudusRequirements.checkEnv(getenv); err != nil {
		return nil, err
	}
	if token := getenv(nexudusRequirements.token); token != "" {
		return nexudus.New(credit.StaticToken(token), opts...)
	}
	return nexudus.New(nexudus.Password{
		Email:    getenv("NEXUDUS_EMAIL"),
		Password: getenv("NEXUDUS_PASSWORD"),
		TOTP:     getenv("NEXUDUS_TOTP"),
		ClientID: getenv("NEXUDUS_CLIENT_ID"),
	}.TokenSource(ctx), opts...)
}

// Flexprice returns a client of flexprice, in the region from the environment.
// A credit.WithBaseURL in opts overrides the region.
func Flexprice(_ context.Context, getenv func(string) string, opts ...credit.Option) (*flexprice.Client, error) {
	if err := flexpriceRequirements.checkEnv(getenv); err != nil {
		return nil, err
	}
	if region := getenv("FLEXPRICE_BASE_URL"); region != "" {
		if err := checkRegion(region); err != nil {
			return nil, err
		}
		opts = append([]credit.Option{credit.WithBaseURL(region)}, opts...)
	}
	return flexprice.New(getenv("FLEXPRICE_API_KEY"), opts...)
}

// checkRegion returns an error that names the variable instead of the option.
func checkRegion(region string) error {
	_, err := flexprice.New("key", credit.WithBaseURL(region))
	if invalid, ok := errors.AsType[*credit.InvalidError](err); ok {
		return &credit.InvalidError{Vendor: flexpriceRequirements.name, Field: "FLEXPRICE_BASE_URL", Reason: invalid.Reason}
	}
	return err
}

// Metronome returns a client of metronome.
func Metronome(_ context.Context, getenv func(string) string, opts ...credit.Option) (*metronome.Client, error) {
	if err := metronomeRequirements.checkEnv(getenv); err != nil {
		return nil, err
	}
	return metronome.New(getenv("METRONOME_TOKEN"), opts...)
}
