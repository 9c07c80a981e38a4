# Two appeals over the turn of the year: one withdrawn, one decided late.
as-of 2025-03-01T00:00
2024-12-20T09:00 report.received channel=family-court institution=jf-3 institution_kind=family-court
2024-12-20T09:10 risk.assessed level=severe
2024-12-20T18:00 measures.decided measure=m-1 outcome=granted
2024-12-20T19:00 measures.notified measure=m-1 to=respondent
2024-12-20T19:00 measures.notified measure=m-1 to=victim
2024-12-23T10:00 appeal.filed appeal=ap-1 measure=m-1
2024-12-23T10:00 appeal.filed appeal=ap-2 measure=m-1
2024-12-24T10:00 appeal.withdrawn appeal=ap-2
2024-12-31T10:00 appeal.granted appeal=ap-1
2025-01-06T10:00 appeal.elevated appeal=ap-1
2025-01-07T10:00 appeal.sent-for-opinion appeal=ap-1
2025-01-13T10:00 appeal.opinion-issued appeal=ap-1
2025-01-20T10:00 appeal.heard appeal=ap-1
