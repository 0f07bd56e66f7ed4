"""Who looks at pages: the roles of logged-in people, visitors with and without a link, and the tablet at the door."""

VISITOR, KIOSK = "visitor", "kiosk"
LOGGED_IN = ("hr", "manager", "employee", "it", "payroll", "auditor")
ROLES = (*LOGGED_IN, VISITOR, KIOSK)
