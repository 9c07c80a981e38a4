# Late measures; the victim was told, the respondent was not.
as-of 2024-03-20T12:00
2024-03-04T08:00 report.received channel=family-court institution=jf-3 institution_kind=family-court
2024-03-04T08:30 risk.assessed level=moderate
2024-03-07T09:45:30 measures.decided measure=m-1 outcome=granted measures=no-approach institution=jf-3 institution_kind=family-court
2024-03-07T17:00 measures.notified measure=m-1 to=victim
