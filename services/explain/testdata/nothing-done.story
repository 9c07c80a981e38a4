# A report, and then nothing.
as-of 2024-04-01T00:00
2024-03-01T10:00 report.received channel=police violence=physical institution=com-17 institution_kind=police-station
