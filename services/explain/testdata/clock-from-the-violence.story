# 2016: the police's clock runs from the violent event, not from the report.
as-of 2016-04-01T00:00
2016-03-01T06:30 violence.occurred
2016-03-02T09:00 report.received channel=police institution=com-2 institution_kind=police-station
2016-03-02T11:00 file.received from=police to=family-court
2016-03-04T10:00 measures.decided measure=m-1 outcome=denied
