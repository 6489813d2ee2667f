package wiretest

// Compare is for tests.
var Compare = compare
