# The decision was entered in the wrong case, the file twice.
as-of 2024-03-20T00:00
2024-03-01T10:00 report.received channel=police institution=com-17 institution_kind=police-station
2024-03-01T10:30 risk.assessed level=moderate
2024-03-01T18:00 file.received from=police to=family-court id=f-1
2024-03-01T18:00 file.received from=police to=family-court id=f-2
2024-03-02T09:00 measures.decided measure=m-1 outcome=granted id=d-1
2024-03-05T09:00 event.retracted retracts=d-1 reason=wrong-case
2024-03-05T09:10 event.retracted retracts=f-2 reason=entered-twice
