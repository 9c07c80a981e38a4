# Measures that stood two years: reports period by period, risk that grew, and their end.
as-of 2026-03-01T00:00
2024-01-10T09:00 report.received channel=family-court institution=jf-3 institution_kind=family-court
2024-01-10T09:30 risk.assessed level=mild
2024-01-10T18:00 measures.decided measure=m-1 outcome=granted measures=no-approach
2024-01-11T09:00 measures.notified measure=m-1 to=police
2024-01-20T09:00 execution.reported measure=m-1
2024-06-20T09:00 compliance.reported measure=m-1
2024-08-01T09:00 risk.assessed level=severe
2025-02-15T09:00 compliance.reported measure=m-1
2025-12-01T09:00 measures.ended measure=m-1
