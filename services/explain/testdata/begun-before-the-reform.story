# The report came on the last day of the old law, the file after the reform.
as-of 2018-10-01T00:00
2018-09-04T23:00 report.received channel=police institution=com-2 institution_kind=police-station
2018-09-05T09:00 risk.assessed level=severe
2018-09-05T20:00 file.received from=police to=family-court
2018-09-07T22:59 measures.decided measure=m-1 outcome=granted
