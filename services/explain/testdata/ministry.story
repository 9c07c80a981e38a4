# The yearly report to Congress: by 25 November, then by March.
as-of 2025-03-31T12:00
2021-06-01T10:00 unit.reported kind=ministry
2022-11-26T09:00 publication.made duty=annual-report-presented
2024-04-02T10:00 publication.made duty=annual-report-presented
