package credit_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// A vendor's time without a zone goes back as it came. It has an instant only in a
// location that the program knows.
func ExampleLocalTime() {
	var booking struct {
		From credit.LocalTime `json:"from"`
	}
	response := `{"from":"2027-03-01T10:30:00"}`
	if err := json.Unmarshal([]byte(response), &booking); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(booking.From, booking.From.HasZone())

	berlin := time.FixedZone("Berlin", 3600) // or time.LoadLocation("Europe/Berlin")
	at, err := booking.From.In(berlin)
	fmt.Println(at, err)

	request, _ := json.Marshal(booking)
	fmt.Println(string(request))
	// Output:
	// 2027-03-01T10:30:00 false
	// 2027-03-01 10:30:00 +0100 Berlin <nil>
	// {"from":"2027-03-01T10:30:00"}
}

// A date that does not exist is not moved to the next one.
func ExampleLocalDate() {
	fmt.Println(json.Marshal(credit.LocalDate(2027, time.February, 30)))
	// Output:
	// [] json: error calling MarshalJSON for type credit.LocalTime: invalid time: "2027-02-30" is not a date that RFC 3339 can write; nothing was sent
}

// NewLocalTime writes an instant in RFC 3339.
func ExampleNewLocalTime() {
	fmt.Println(credit.NewLocalTime(time.Date(2027, 3, 1, 10, 30, 0, 0, time.UTC)))
	// Output: 2027-03-01T10:30:00Z
}
