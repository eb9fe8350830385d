package credit_test

import (
	"encoding/json"
	"fmt"

	"github.com/creditkit/creditkit/credit"
)

// The digits of an amount go through a program as they are.
func ExampleDecimal() {
	var grant struct {
		Amount credit.Decimal `json:"amount"`
		Bonus  credit.Decimal `json:"bonus,omitzero"`
	}
	response := `{"amount":12.50}`
	if err := json.Unmarshal([]byte(response), &grant); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(grant.Amount, grant.Bonus.IsSet())

	request, _ := json.Marshal(grant) // an unset bonus is left out,
	fmt.Println(string(request))
	grant.Bonus = credit.NewDecimal(0) // and a bonus of 0 is sent
	request, _ = json.Marshal(grant)
	fmt.Println(string(request))
	// Output:
	// 12.50 false
	// {"amount":12.50}
	// {"amount":12.50,"bonus":0}
}

// Amounts are compared by value, however they are written.
func ExampleDecimal_Cmp() {
	granted := credit.MustParseDecimal("1.50")
	used := credit.MustParseDecimal("15E-1")
	fmt.Println(granted == used, granted.Equal(used), granted.Cmp(credit.NewDecimal(2)))
	// Output: false true -1
}

// A sum is exact and has the decimal places of the operand with more.
func ExampleDecimal_Add() {
	balance := credit.MustParseDecimal("12.50")
	fmt.Println(balance.Add(credit.NewDecimal(50)), balance.Sub(credit.MustParseDecimal("0.125")))

	var notReturned credit.Decimal
	fmt.Println(balance.Add(notReturned).IsSet())
	// Output:
	// 62.50 12.375
	// false
}

// A vendor that wants a string gets one, with the same digits.
func ExampleQuoted() {
	amount := credit.Quoted(credit.MustParseDecimal("12.50"))
	wire, _ := json.Marshal(amount)
	fmt.Println(string(wire))
	// Output: "12.50"
}
