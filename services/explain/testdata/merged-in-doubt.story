# Merged into another case while nobody can say whether the limit had run out.
as-of 2024-04-01T00:00
2024-03-01 report.received channel=police institution=com-17 institution_kind=police-station
2024-03-02T12:00 case.merged into=c-2
2024-03-02T20:00 file.received from=police to=prosecutor
