# Asked about an instant before the first fact.
as-of 2024-02-01T00:00
2024-03-01T10:00 report.received channel=police
2024-03-01T11:00 risk.assessed level=severe
