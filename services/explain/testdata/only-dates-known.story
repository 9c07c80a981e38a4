# A register that keeps dates without hours.
as-of 2024-03-02T12:00
2024-03-01 report.received channel=police institution=com-17 institution_kind=police-station
2024-03-01 risk.assessed level=moderate
2024-03-02 file.received from=police to=family-court
2024-02-29T10:00 breach.reported breach=b-1 institution=com-17 institution_kind=police-station
2024-03-01 breach.informed breach=b-1 to=family-court
