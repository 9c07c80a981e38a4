# Sent on and decided before the start: once it counts, once it does not.
as-of 2024-04-01T00:00
2024-03-01T08:00 file.received from=family-court to=prosecutor
2024-03-01T10:00 report.received channel=peace-court institution=jpl-1 institution_kind=peace-court-letters
2024-03-01T09:00 measures.decided measure=m-1 outcome=granted institution=jpl-1 institution_kind=peace-court-letters
2024-03-10T08:00 file.received from=prosecutor to=family-court
2024-03-12T08:00 evidence.obtained institution=fpp-2 institution_kind=prosecutor-penal
