# 2021: the decree of the health emergency prevails over the law's own limits.
as-of 2021-03-10T00:00
2021-03-01T10:00 report.received channel=police victim_area=urban institution=com-2 institution_kind=police-station
2021-03-01T10:30 risk.assessed level=mild
2021-03-01T20:00 file.received from=police to=family-court to_institution=jf-1
2021-03-03T08:00 measures.decided measure=m-1 outcome=granted institution=jf-1 institution_kind=family-court
