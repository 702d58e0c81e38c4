--[[ The names of the keys and arguments of a processor's call.

     KEYS  1 state of the process (hash)   2 its in-flight lists (set)   3 leases   4 crash counts
           5 retry   6 dead   7 queues
           8-11 counters: processed, processed on this day, failed, failed on this day
           then three for each queue, in the order in which they are tried: the processor's
           in-flight list, the list that a waiter fills for it, the queue
     ARGV  1 process   2 processor   3 sequence number   4 how many jobs to fetch
           5 lease duration in seconds   6 how long to keep the daily counters, in seconds
           then six for each job that has an outcome (a job in the processor's own list that has
           succeeded does not need one): outcome, index of the first key of its queue, which of the
           two lists contains it (0 or 1), payload, payload to store, score in the sorted set ]]
local state, lists, leases, crashes, retry, dead, queues = unpack(KEYS, 1, 7)
local process, processor, sequence, want, lease, day_counter_ttl = unpack(ARGV, 1, 6)
local FIRST_QUEUE, FIRST_JOB, DEAD_AGE, DEAD_COUNT = 12, 7, 180 * 86400, 10000
