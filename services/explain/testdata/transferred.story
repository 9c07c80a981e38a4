# The case left this system while some limits ran and others had run out.
as-of 2024-04-01T00:00
2024-03-01T10:00 report.received channel=police institution=com-17 institution_kind=police-station
2024-03-01T11:00 risk.assessed level=mild
2024-03-02T18:00 file.received from=police to=family-court
2024-03-03T09:00 case.transferred
2024-03-03T12:00 measures.decided measure=m-1 outcome=granted
