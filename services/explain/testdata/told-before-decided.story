# The notice to the victim is dated before the decision that it tells.
as-of 2024-04-01T00:00
2024-03-01T10:00 report.received channel=family-court institution=jf-3 institution_kind=family-court
2024-03-01T23:00 measures.notified measure=m-1 to=victim
2024-03-02T09:00 measures.decided measure=m-1 outcome=granted
2024-03-02T11:00 measures.notified measure=m-1 to=respondent
2024-03-01T22:00 measures.notified measure=m-1 to=police
