# A police station as a unit of the register.
as-of 2024-12-15T00:00
2024-01-15T10:00 unit.reported kind=police-station specialised=true private_room=false
2024-03-05T10:00 map.updated
2024-09-10T10:00 publication.made duty=weapons-reported
