# What could be known on 3 March: the decision was entered two weeks later.
as-of 2024-03-10T00:00
known-at 2024-03-03T00:00
2024-03-01T10:00 report.received channel=family-court institution=jf-3 institution_kind=family-court
2024-03-01T11:00 risk.assessed level=severe
2024-03-01T20:00 measures.decided measure=m-1 outcome=granted recorded=2024-03-17T09:00
2024-03-08T20:00 measures.notified measure=m-1 to=victim
