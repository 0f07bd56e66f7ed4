"""What goes out as a file: tables as CSV and XLSX, timesheets as PDF, shifts as iCalendar, hours for payroll."""
