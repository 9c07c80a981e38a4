-- What an operator should know of the server: its clock, and how much room its
-- fullest disk has. Run by Health.
SELECT version() AS version,
       now64(3, 'UTC') AS clock,
       (SELECT min(free_space) FROM system.disks) AS free,
       (SELECT argMin(total_space, free_space) FROM system.disks) AS total
